"""From a record to drafts: who files it, to which desks, as which event.

What its fields become, `mapping.py` reads from their marks; a record whose kind needs thought has
a `drafts` of its own, which makes its events here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.decision.draft import AddressBook, Draft, Issuer
from contracts.errors import IntakeError
from services.agency.record.form import EventReference
from services.agency.record.record import Record, read_record
from services.agency.record.writing import Writing


def intake(
    kinds: Mapping[str, type[Record]],
    record: Mapping[str, Any],
    issuer: Issuer,
    book: AddressBook,
) -> list[Draft]:
    """The drafts of one record of an agency; pure.

    Args:
        kinds: the agency's kinds of record, `KINDS` of its `records.py`.

    Raises:
        IntakeError: those of `read_record` and of the kind's own drafting; `answer_not_used` if an
            answer names a realm or an addressee that no draft has; `desk_unknown`.
    """
    read = read_record(kinds, record, issuer)
    _check_issuers(read, book)
    drafts = read.drafts(Writing(read, issuer, book))
    for at, answer in enumerate(read.answers):
        if not any(_uses(draft, answer) for draft in drafts):
            expected = "realm and addressee of an event of this record"
            raise IntakeError("answer_not_used", "another one", expected, f"answers[{at}]")
    return drafts


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
