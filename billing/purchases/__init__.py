"""Buying credits, by hand and by auto top-up, and the mail about it."""
