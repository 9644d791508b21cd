"""What codes are called, in French and English: reasons, roles, scopes, members, values."""
