"""Requests that wait for their images."""
