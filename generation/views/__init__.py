"""Pages of generation, in rooms of their own, and files, events and webhooks beside them."""
