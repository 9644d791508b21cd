"""The operators' console: how the bus is, for whoever has a duty there; it opens nothing."""
