"""Bytes of images: inspected, stored, signed, and found again."""
