"""The small versions of an image: made once, by whoever has leased its row, after it was delivered."""
