"""Purchases of credits, at checkout and by auto top-up, and the mail about them."""
