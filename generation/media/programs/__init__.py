"""Programs that read files from outside in a process of their own, within limits."""
