"""What services share that show pages to people: signing in, sessions, forms, who looked at what."""
