"""Kafka: its connection; topics read and written in transactions; orders, and evidence held to the log."""
