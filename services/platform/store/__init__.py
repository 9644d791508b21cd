"""State on disk: stores, which the log can fold again, and memory, which nothing can."""
