"""Serving requests: threads, connections, content types and static files."""
