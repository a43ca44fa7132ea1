"""What people allow to be spent: caps and alerts before they are reached."""
