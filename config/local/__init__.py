"""The product on one machine: processes, and a PostgreSQL of its own."""
