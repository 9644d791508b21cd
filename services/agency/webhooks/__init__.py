"""Webhooks of an agency's desks (webhooks §1): thin, signed, at least once, where allowed."""
