"""Orders: their checks, prices and submission."""
