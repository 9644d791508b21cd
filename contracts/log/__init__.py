"""The decision log: records and evidence, orders, rebuilding and replaying (`envelope.md`, Log)."""
