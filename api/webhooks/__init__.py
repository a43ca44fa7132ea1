"""Webhooks: partners' endpoints, what they are told, and how it reaches them."""
