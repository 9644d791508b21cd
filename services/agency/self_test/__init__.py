"""An agency's service tries its own way to the bus, row by row."""
