"""The operators' console: how the bus is, told to whoever has a duty there; it reads no event and opens nothing."""
