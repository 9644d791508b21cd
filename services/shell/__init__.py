"""The plumbing that every service shares: settings, logs, clock, metrics, health, start and stop.

It knows of no service; it may import `contracts`, never `services.<name>`.
"""
