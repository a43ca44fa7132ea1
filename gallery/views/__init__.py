"""The gallery, one image, and two side by side."""
