"""Providers of images: their adapters, health and limits."""
