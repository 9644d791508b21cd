"""What a convention says that can never happen, or that a reader would stumble over."""
