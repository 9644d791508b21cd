"""Inbox records: verified, folded, chosen after a cursor, and opened for one answer."""
