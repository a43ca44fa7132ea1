"""Waiting for generations: `Prefer: wait`, and the waiters behind it."""
