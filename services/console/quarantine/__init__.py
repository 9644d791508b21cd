"""The page on quarantine: what lies there, what owners are asked to order about it, and how far that is."""
