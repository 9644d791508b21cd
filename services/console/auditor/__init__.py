"""What the auditor tells of the log: an event's life, what desks owe, the convention; asked by role, shown with its age."""
