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
from contracts.errors import IntakeError
from services.agency.folders import PARTNER, agencies
from services.agency.office.inbox.arrival_words import Words
from services.agency.record.form import EventReference
from services.agency.record.record import Record, Writing, read_record


@dataclass(frozen=True, slots=True)
class Trade:
    """Kinds of record by name, and the words for arrivals."""

    kinds: Mapping[str, type[Record]]
    words: Words

    def intake(self, record: Mapping[str, Any], issuer: Issuer, book: AddressBook) -> list[Draft]:
        """The drafts of a record of the agency; pure."""
        read = read_record(self.kinds, record, issuer)
        _check_issuers(read, book)
        drafts = read.drafts(Writing(read, issuer, book))
        for at, answer in enumerate(read.answers):
            if not any(_uses(draft, answer) for draft in drafts):
                expected = "realm and addressee of an event of this record"
                raise IntakeError("answer_not_used", "another one", expected, f"answers[{at}]")
        return drafts


@cache
def trade_of(agency: str) -> Trade:
    """An agency's own trade, or the partner's if it has no folder."""
    name = agency if agency in agencies() else PARTNER
    records = import_module(f"services.{name}.records")
    words = import_module(f"services.{name}.words")
    return Trade(records.KINDS, words.WORDS)


def _check_issuers(record: Record, book: AddressBook) -> None:
    """Whoever is answered is a desk: its name goes into the cover, which is not sealed."""
    for name, answers in (("answers", record.answers), ("ends", record.ended)):
        for at, answer in enumerate(answers):
            if book.role_of(answer.realm, answer.issuer) is None:
                place = f"{name}[{at}].issuer"
                raise IntakeError("desk_unknown", "another desk", "a desk of the directory", place)


def _uses(draft: Draft, answer: EventReference) -> bool:
    desks = {addressee.desk for addressee in draft.to}
    return answer.realm == draft.realm and (answer.to is None or answer.to in desks)
