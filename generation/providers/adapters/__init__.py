"""One module for each provider's protocol."""
