"""Batches, from a CSV file to the archive of their images."""
