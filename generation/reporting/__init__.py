"""What was made, what it cost and what it brought in."""
