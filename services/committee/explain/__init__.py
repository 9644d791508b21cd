"""One question put to a convention, answered."""
