"""Apache Kafka on this machine, for play, tests and demonstrations; never for production."""
