"""The one end of a transaction that may be tried again: known without Kafka's client."""

from __future__ import annotations

from contracts.errors import RelaisError


class TransactionAbortedError(RelaisError):
    """Nothing was committed, and the same work may be done again."""
