"""The checklist of joining in words: what a row looks at, whose it is, how it stands, why, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.operate.joining.checklist import ChecklistRow
from services.platform.self_test import words as self_test
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_PARTNER, _OWNERS = _("partner"), _("owners")
_OPERATORS, _SECRETARIAT = _("operators"), _("secretariat of the convention")

# Row -> what it looks at, who answers for it.
TITLES: Final[Mapping[str, tuple[Text, Text]]] = {
    "settings": (_("settings: which desk this folder is for"), _PARTNER),
    "request": (_("request made; its keys prove themselves, and are here"), _PARTNER),
    "digests": (_("digests of request and answer compared by another way"), _OWNERS),
    "answer": (_("the owners’ answer taken"), _OWNERS),
    "certificate": (_("certificate: of this key, in the agency’s name"), _OWNERS),
    "name": (_("the brokers’ names resolve"), _OPERATORS),
    "tls": (_("the brokers take the certificate"), _OPERATORS),
    "own_topic": (_("own topics can be read"), _OPERATORS),
    "foreign_topic": (_("others’ topics are refused"), _OPERATORS),
    "directory": (_("desk in the directory in force, with keys that are here"), _OWNERS),
    "discovery": (_("shown to others: whom it may write to, who may write to it"), _OWNERS),
    "ping": (_("a PING through the router and back"), _PARTNER),
    "published": (_("own events on this bus, as router and readers see them"), _PARTNER),
    "acknowledged": (_("receipts that were due by now"), _PARTNER),
    "signatures": (_("documents signed, and what they commit to"), _SECRETARIAT),
}
STATES: Final[Mapping[str, Text]] = {
    "seen": _.pgettext("joining", "seen"),
    "not_yet": _.pgettext("joining", "not yet"),
    "cannot": _.pgettext("joining", "cannot"),
    "ask": _.pgettext("joining", "to be confirmed"),
}
_DETAILS: Final[Mapping[str, Text]] = {
    "days": _.ngettext("{n} day left", "{n} days left"),
    "discovery": _("may write to {to}, may be written to by {by}"),
    "published": _.ngettext("{n} event", "{n} events"),
    "acknowledged": _.ngettext("{n} receipt given", "{n} receipts given"),
}
_BROKEN: Final = _("`{file}`: got {got}, expected {expected}")
_WHY: Final[Mapping[str, tuple[Text, Text]]] = {
    # As the self-test has them, by the names that a partner's folder has instead of a service's settings.
    "name_unknown": (
        _("the name of a broker is not known here"),
        _("ask for its name server’s entry, or correct `kafka` in `settings.json`"),
    ),
    "kafka_away": (
        _("no broker answers"),
        _("look whether the network lets you through to `kafka` of `settings.json`; then ask the operators"),
    ),
    "kafka_untrusted": (
        _("the broker’s certificate is of another authority than `ca.pem`"),
        _("ask the owners for the authority of their brokers; take nothing from elsewhere"),
    ),
    "settings_broken": (
        _BROKEN,
        _("`relais partner new` again, for the same desk and role: keys that are there stay; then `relais partner join`"),
    ),
    "answer_broken": (_BROKEN, _("`relais partner join` again, with the owners’ answer")),
    "no_request": (_("there is no request in this folder"), _("`relais partner new`")),
    "request_broken": (
        _("the request is malformed, or a key in it does not prove itself"),
        _("`relais partner new` again; keys that are there stay"),
    ),
    "key_missing": (
        _("a private half of the request’s keys is not in this folder"),
        _("bring the folder’s `keys` back; a lost key is told to the owners at once"),
    ),
    "keys_ended": (
        _("the request’s keys do not cover this week"),
        _("`relais partner new` with more `--weeks`, and send the request again"),
    ),
    "no_answer_yet": (
        _("the owners’ answer has not been taken"),
        _("send `request.json`; then `relais partner join`"),
    ),
    "other_certificate": (
        _("the certificate is not of this folder’s key, or of another authority"),
        _("ask the owners for another answer to this request"),
    ),
    "nothing_adopted": (
        _("no directory and convention are in force on this bus"),
        _("ask the owners to adopt them"),
    ),
    "nobody": (
        _("no desk of a role that the convention lets it write to, or be written to by, is listed"),
        _("ask the owners whether role and convention are the right ones"),
    ),
    "owners_malformed": (
        _("`owners.json` of this folder has another form"),
        _("bring the file back as the owners’ answer had it"),
    ),
    "no_ping": (
        _("the desk’s outbox has no PING yet"),
        _("have the partner’s program publish one (`examples/README.md`)"),
    ),
    "ping_unanswered": (
        _("the router has not answered the desk’s PING"),
        _("ask the operators whether routing runs, and whether the desk is listed"),
    ),
    "ping_refused": (
        _("the router refused the PING"),
        _("ask the operators; the notice in the inbox has the reason"),
    ),
    "nothing_published": (
        _("the desk’s outbox has no event of its own yet"),
        _("have the partner’s program publish a PING (`examples/README.md`)"),
    ),
    "published_faulty": (
        _("{n} of {all} events that this desk published do not hold; the last is {event}: `{reason}`"),
        _("look the code up in envelope §11, mend the program, and try it by the vectors again"),
    ),
    "not_acknowledged": (
        _.ngettext("{n} receipt that was due is missing, of {event}", "{n} receipts that were due are missing, the first of {event}"),
        _("let the program acknowledge what it takes, by the stage that the delivery’s receipt names"),
    ),
    "by_telephone": (
        _("no program sees a telephone call"),
        _("owners and partner read the digests to each other, and note day and names in annex 1"),
    ),
    "on_paper": (
        _("whether the right person has signed, and what remains in brackets, is read by people"),
        _("the secretariat and the data-protection officers confirm it in the convention’s file (models: `docs/templates`)"),
    ),
}  # fmt: skip


CODES: Final = frozenset(_WHY)


def detail(row: ChecklistRow, lang: str) -> str:
    """What was measured or counted; empty if nothing was."""
    if "days" in row.facts:
        return _DETAILS["days"].say(lang, n=row.facts["days"])
    return _DETAILS[row.name].say(lang, **row.facts) if row.name in _DETAILS else ""


def cause(row: ChecklistRow, lang: str) -> str:
    """Why it is not seen; the self-test's words for what is also there."""
    if row.code in _WHY:
        return _WHY[row.code][0].say(lang, **row.facts)
    return self_test.why(row.code, lang)


def next_step(row: ChecklistRow, lang: str) -> str:
    """What to do."""
    if row.code in _WHY:
        return _WHY[row.code][1].say(lang, **row.facts)
    return self_test.step(row.code, lang)
