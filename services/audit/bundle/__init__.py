"""One file that an auditor hands on: what a verdict follows from, without Kafka (bundle §1)."""
