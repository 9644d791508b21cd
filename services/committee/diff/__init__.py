"""What a second version of a convention opens, closes, makes harder or easier."""
