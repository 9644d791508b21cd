"""Commands of a convention's owners."""
