"""Routing one partition: what is read becomes entries of the log, and the records that go out with them (log §2 to §8)."""
