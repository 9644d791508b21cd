"""The engine that reads records by their marks."""
