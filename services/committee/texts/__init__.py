"""The words of what people read of a convention, in French and English."""
