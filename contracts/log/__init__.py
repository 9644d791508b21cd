"""The decision log: records and evidence, orders, rebuilding and replaying (log §1)."""
