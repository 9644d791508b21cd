"""The checklist of joining in words: what a row looks at, whose it is, how it stands, why, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.operate.joining.checklist import ChecklistRow
from services.platform.self_test import words as self_test

_PARTNER, _OWNERS = "partner", "owners"
_OPERATORS, _SECRETARIAT = "operators", "secretariat of the convention"

# Row -> what it looks at, who answers for it.
TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "settings": ("settings: which desk this folder is for", _PARTNER),
    "request": ("request made; its keys prove themselves, and are here", _PARTNER),
    "digests": ("digests of request and answer compared by another way", _OWNERS),
    "answer": ("the owners’ answer taken", _OWNERS),
    "certificate": ("certificate: of this key, in the agency’s name", _OWNERS),
    "name": ("the brokers’ names resolve", _OPERATORS),
    "tls": ("the brokers take the certificate", _OPERATORS),
    "own_topic": ("own topics can be read", _OPERATORS),
    "foreign_topic": ("others’ topics are refused", _OPERATORS),
    "directory": ("desk in the directory in force, with keys that are here", _OWNERS),
    "discovery": ("shown to others: whom it may write to, who may write to it", _OWNERS),
    "ping": ("a PING through the router and back", _PARTNER),
    "published": ("own events on this bus, as router and readers see them", _PARTNER),
    "acknowledged": ("receipts that were due by now", _PARTNER),
    "signatures": ("documents signed, and what they commit to", _SECRETARIAT),
}
STATES: Final[Mapping[str, str]] = {
    "seen": "seen",
    "not_yet": "not yet",
    "cannot": "cannot",
    "ask": "to be confirmed",
}
_DETAILS: Final[Mapping[str, str]] = {
    "days": "{n} day(s) left",
    "discovery": "may write to {to}, may be written to by {by}",
    "published": "{n} event(s)",
    "acknowledged": "{n} receipt(s) given",
}
_BROKEN: Final = "`{file}`: got {got}, expected {expected}"
_WHY: Final[Mapping[str, tuple[str, str]]] = {
    # As the self-test has them, by the names that a partner's folder has instead of a service's settings.
    "name_unknown": (
        "the name of a broker is not known here",
        "ask for its name server’s entry, or correct `kafka` in `settings.json`",
    ),
    "kafka_away": (
        "no broker answers",
        "look whether the network lets you through to `kafka` of `settings.json`; then ask the operators",
    ),
    "kafka_untrusted": (
        "the broker’s certificate is of another authority than `ca.pem`",
        "ask the owners for the authority of their brokers; take nothing from elsewhere",
    ),
    "settings_broken": (
        _BROKEN,
        "`relais partner new` again, for the same desk and role: keys that are there stay; then `relais partner join`",
    ),
    "answer_broken": (_BROKEN, "`relais partner join` again, with the owners’ answer"),
    "no_request": ("there is no request in this folder", "`relais partner new`"),
    "request_broken": (
        "the request is malformed, or a key in it does not prove itself",
        "`relais partner new` again; keys that are there stay",
    ),
    "key_missing": (
        "a private half of the request’s keys is not in this folder",
        "bring the folder’s `keys` back; a lost key is told to the owners at once",
    ),
    "keys_ended": (
        "the request’s keys do not cover this week",
        "`relais partner new` with more `--weeks`, and send the request again",
    ),
    "no_answer_yet": (
        "the owners’ answer has not been taken",
        "send `request.json`; then `relais partner join`",
    ),
    "other_certificate": (
        "the certificate is not of this folder’s key, or of another authority",
        "ask the owners for another answer to this request",
    ),
    "nothing_adopted": (
        "no directory and convention are in force on this bus",
        "ask the owners to adopt them",
    ),
    "nobody": (
        "no desk of a role that the convention lets it write to, or be written to by, is listed",
        "ask the owners whether role and convention are the right ones",
    ),
    "owners_malformed": (
        "`owners.json` of this folder has another form",
        "bring the file back as the owners’ answer had it",
    ),
    "no_ping": (
        "the desk’s outbox has no PING yet",
        "have the partner’s program publish one (`examples/README.md`)",
    ),
    "ping_unanswered": (
        "the router has not answered the desk’s PING",
        "ask the operators whether routing runs, and whether the desk is listed",
    ),
    "ping_refused": (
        "the router refused the PING",
        "ask the operators; the notice in the inbox has the reason",
    ),
    "nothing_published": (
        "the desk’s outbox has no event of its own yet",
        "have the partner’s program publish a PING (`examples/README.md`)",
    ),
    "published_faulty": (
        "{n} of {all} events that this desk published do not hold; the last is {event}: `{reason}`",
        "look the code up in envelope §11, mend the program, and try it by the vectors again",
    ),
    "not_acknowledged": (
        "{n} due receipt(s) missing, the first of {event}",
        "let the program acknowledge what it takes, by the stage that the delivery’s receipt names",
    ),
    "by_telephone": (
        "no program sees a telephone call",
        "owners and partner read the digests to each other, and note day and names in annex 1",
    ),
    "on_paper": (
        "whether the right person has signed, and what remains in brackets, is read by people",
        "the secretariat and the data-protection officers confirm it in the convention’s file (models: `docs/templates`)",
    ),
}  # fmt: skip


CODES: Final = frozenset(_WHY)


def detail(row: ChecklistRow) -> str:
    """What was measured or counted; empty if nothing was."""
    if "days" in row.facts:
        return _DETAILS["days"].format(n=row.facts["days"])
    return _DETAILS[row.name].format(**row.facts) if row.name in _DETAILS else ""


def cause(row: ChecklistRow) -> str:
    """Why it is not seen; the self-test's words for what is also there."""
    if row.code in _WHY:
        return _WHY[row.code][0].format(**row.facts)
    return self_test.why(row.code)


def next_step(row: ChecklistRow) -> str:
    """What to do."""
    if row.code in _WHY:
        return _WHY[row.code][1].format(**row.facts)
    return self_test.step(row.code)
