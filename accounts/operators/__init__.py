"""What operators need of every house: the search of their lists."""
