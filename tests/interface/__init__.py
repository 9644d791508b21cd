"""The interface of agencies, held to what the last release promised (use §2.1)."""
