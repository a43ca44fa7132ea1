"""Rate limits of tokens."""
