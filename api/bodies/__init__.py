"""Bodies of requests: read to their end, bounded, and parsed."""
