"""What the audit service tells the console of the log, by a bearer secret: positions, codes, counts; no content and no token."""
