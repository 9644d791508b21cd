"""Commands of an operator: Kafka, topics, rights, keys, directory, quarantine, services."""
