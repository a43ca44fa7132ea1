"""Events of generations and images, published and streamed."""
