"""Sessions: their devices, activity and history, and the revocation of access."""
