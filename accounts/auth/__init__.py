"""Signing up and in, proving who one is, and changing the address that opens the account."""
