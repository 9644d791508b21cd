"""Ten years of a département: a seeded model of its situations, the log that they leave, and what that costs."""
