"""Programs that read untrusted files, each in a child process with limits."""
