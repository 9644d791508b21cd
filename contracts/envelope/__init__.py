"""The wire format (`envelope.md`): cover, slips, parts, receipts, notices, and their checks."""
