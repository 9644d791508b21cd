"""The plumbing that every service shares: Kafka, HTTP, process, keys.

It knows of no service; it may import `contracts`, never `services.<name>`.
"""
