"""What a desk may find out before it sends: to whom, with which codes, what comes of it."""
