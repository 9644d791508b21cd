"""Erasing by order: what goes of evidence, what a reader meets, who overwrites (log §11)."""
