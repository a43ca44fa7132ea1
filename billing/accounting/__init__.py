"""Accounting: the books, daily revenue and the dashboard's figures."""
