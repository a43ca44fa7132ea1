"""What becomes of an image and its generation: dispatched, claimed, settled, stopped."""
