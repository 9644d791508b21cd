"""The words of the bus: roles, scopes, acts, categories, reasons, topics, and closed schemas."""
