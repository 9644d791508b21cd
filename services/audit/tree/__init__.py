"""The log's tree: built from `decisions` as the audit service reads it, signed, and served as files (proof §8)."""
