"""Partners that others wrote, of none of our code: `examples/`."""
