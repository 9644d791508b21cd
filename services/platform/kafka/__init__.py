"""Connections to Kafka, transactions, readers, and what brokers refuse."""
