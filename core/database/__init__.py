"""Access to PostgreSQL: connections, rows, pagination, asynchronous code, and outages."""
