"""Orders of owners: made, written to control, and read there."""
