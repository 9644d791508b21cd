"""From a record of the agency to signed Kafka records: judged, sealed, chained; without I/O."""
