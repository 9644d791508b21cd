"""Logs as files that anybody may keep: read where they were published, kept by whoever mirrors them."""
