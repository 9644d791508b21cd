"""How a service reaches Kafka: addresses, certificates, waiting, why it is refused."""
