"""Key files, certificates and signed files on this disk."""
