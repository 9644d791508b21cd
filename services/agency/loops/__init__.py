"""An agency's loops around Kafka: publish, read the inbox, count what is owed."""
