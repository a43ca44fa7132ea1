"""OpenAI's API at `/v1`, for its own clients."""
