"""What a desk may ask to be published beside a record, and how much of it."""
