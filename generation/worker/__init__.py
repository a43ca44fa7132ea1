"""Worker: checks an image, calls its provider, records the outcome, and admits parked images."""
