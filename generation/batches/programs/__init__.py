"""Programs that read untrusted files of batches, each in a child process with limits."""
