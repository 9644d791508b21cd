"""Topics and rights on Kafka, computed from the convention and the bus's own topics."""
