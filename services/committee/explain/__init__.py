"""One question put to a convention, answered in three voices."""
