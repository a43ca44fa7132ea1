"""What happens to images, published to whoever listens."""
