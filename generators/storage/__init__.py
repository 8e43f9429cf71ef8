"""How a dataset lies on disk: its columns, file formats, content hash, card and metadata."""
