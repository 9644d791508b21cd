"""The log's tree: built from `decisions` by the audit service, signed, served (proof §8)."""
