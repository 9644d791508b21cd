"""What the convention decides of an event: conditions, duties, doors, effects on the state."""
