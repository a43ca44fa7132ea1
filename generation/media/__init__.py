"""Image files: inspection, storage, signed URLs and provenance."""
