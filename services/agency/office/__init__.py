"""The heart of an agency's service, without I/O: drafts, seals, folds of inbox and outbox."""
