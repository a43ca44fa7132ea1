"""OpenAI's twin."""
