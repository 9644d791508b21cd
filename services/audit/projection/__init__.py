"""What the audit service tells the console of the log, by a bearer secret: no content."""
