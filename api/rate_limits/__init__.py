"""How many requests a token may make."""
