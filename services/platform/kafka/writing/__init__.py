"""Transactions: exactly once, or not at all."""
