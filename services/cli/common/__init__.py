"""What the commands share: output, options, the HTTP client, progress."""
