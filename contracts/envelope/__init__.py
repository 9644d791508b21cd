"""The wire format (envelope §1): cover, slips, parts, receipts, notices, and their checks."""
