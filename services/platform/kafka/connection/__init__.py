"""How a service reaches Kafka: addresses, certificates, waiting, and why brokers do not let it in."""
