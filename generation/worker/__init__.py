"""What a worker does with an image: admit, check, call the provider, report."""
