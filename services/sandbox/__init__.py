"""A federation in one process to try a partner's software against: no Kafka, nothing that lasts."""
