"""What is an agency's own: its kinds of record, and its words for what arrives.

An agency with words of its own has a folder (`folders.py`). Any other agency of the convention
files and reads in the bus's own words, which stand in `services/partner`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from contracts.decision.draft import AddressBook, Draft, Issuer
from services.agency.folders import PARTNER, agencies
from services.agency.office.inbox.arrival_words import Words
from services.agency.record import drafting
from services.agency.record.record import Record


@dataclass(frozen=True, slots=True)
class Trade:
    """Kinds of record by name, and the words for arrivals."""

    kinds: Mapping[str, type[Record]]
    words: Words

    def intake(self, record: Mapping[str, Any], issuer: Issuer, book: AddressBook) -> list[Draft]:
        """The drafts of a record of the agency; raises `IntakeError` as `drafting.intake`."""
        return drafting.intake(self.kinds, record, issuer, book)


@cache
def trade_of(agency: str) -> Trade:
    """An agency's own trade, or the partner's if it has no folder."""
    name = agency if agency in agencies() else PARTNER
    records = import_module(f"services.{name}.records")
    words = import_module(f"services.{name}.words")
    return Trade(records.KINDS, words.WORDS)
