"""Logs as files for anybody: read where published, kept by whoever mirrors them."""
