"""The auditor's replay: a log decided again, compared, and told (log §9)."""
