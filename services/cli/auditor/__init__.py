"""Commands of an auditor."""
