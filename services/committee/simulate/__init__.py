"""A new version tried on what was decided so far, told without telling of anyone."""
