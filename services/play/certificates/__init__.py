"""A certificate authority for one machine."""
