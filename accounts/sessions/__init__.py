"""Signed-in devices: what is known of them, and how they are signed out."""
