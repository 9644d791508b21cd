"""The processes of a play federation: planned, prepared, started, watched, stopped."""
