"""Webhooks of an agency's desks (webhooks §1): thin, signed, at least once, to where an operator allowed."""
