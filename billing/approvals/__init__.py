"""What one operator may not do alone."""
