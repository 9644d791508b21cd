"""What services with pages for people share: signing in, sessions, forms, who looked."""
