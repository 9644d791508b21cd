"""The page on quarantine: what lies there, what the owners have ordered about it, and how far that is."""
