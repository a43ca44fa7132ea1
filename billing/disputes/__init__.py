"""Disputed payments, from the bank's notice to the evidence submitted."""
