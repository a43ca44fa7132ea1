"""Models on offer, their sizes and prices, and when they retire."""
