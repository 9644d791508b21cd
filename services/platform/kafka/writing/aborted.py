"""The one end of a transaction that whoever publishes may try again: known without Kafka's client."""

from __future__ import annotations

from contracts.errors import RelaisError


class TransactionAbortedError(RelaisError):
    """Nothing was committed, and the same work may be done again."""
