"""What the auditor tells of the log: an event's life, debts, the convention; by role."""
