"""Reports on usage, costs and revenue, and statement lines."""
