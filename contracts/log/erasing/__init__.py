"""Erasing by order: what goes of evidence, what a reader meets of it, and what agencies overwrite (log §11)."""
