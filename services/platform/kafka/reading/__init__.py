"""Topics read: to their end from a place, or followed as they grow."""
