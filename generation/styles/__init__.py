"""Styles: templates around a prompt."""
