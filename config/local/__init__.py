"""Running the product on one machine: its processes, and an embedded PostgreSQL."""
