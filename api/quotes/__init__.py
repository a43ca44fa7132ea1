"""Quotes with ids: orders that were priced, kept until they are placed or the price has expired."""
