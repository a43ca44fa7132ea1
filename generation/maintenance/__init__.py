"""Periodic maintenance: recovery of interrupted work, and deletion of expired data."""
