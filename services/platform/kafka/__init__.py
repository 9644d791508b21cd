"""Kafka: connection, topics read and written in transactions, orders, evidence."""
