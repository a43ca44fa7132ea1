"""How processes serve requests: threads, connections, static files."""
