"""Routing one partition: what is read becomes log entries and their records (log §2 to §8)."""
