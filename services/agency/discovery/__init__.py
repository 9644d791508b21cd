"""What a desk may find out before it sends: whom it may write to, which codes there are, what a record becomes."""
