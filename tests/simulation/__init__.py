"""Our real services on a simulated Kafka and clock."""
