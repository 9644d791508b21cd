"""What the page on quarantine shows, in words: what lies there, the owners' orders, and how they are given."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from services.committee.texts.labels import realm_label
from services.console.facts import institution, table
from services.console.quarantine.told import KeptGroup, LastTold, QuarantineTold, ToldOrder
from services.operate.status.told import ago
from services.platform.process.paris_time import exactly
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

KIND_WORDS: Final[Mapping[str, Text]] = {"release": _("release"), "discard": _("discard")}
REASON_WORDS: Final[Mapping[str, Text]] = {
    "unspecified": _("no reason given"), "fault_mended": _("a fault of ours is mended"),
    "directory_renewed": _("the directory is renewed"),
    "convention_renewed": _("the convention is renewed"),
    "asked_by_issuer": _("its issuer asks for it"), "sent_again": _("it was sent again"),
    "malformed": _("it is malformed"), "hostile": _("it is hostile"), "test": _("a test"),
}  # fmt: skip
AGAINST: Final[Mapping[str, Text]] = {
    "bytes_gone": _("its bytes have gone: their retention has ended"),
    "expired": _("it had expired when it came"),
    "unknown_convention": _("it names a convention that is neither in force nor next to it"),
    "unknown_desk": _("its issuer, or everybody that it names, has left the directory"),
    "no_clause": _("no clause of the convention in force lets it through"),
}
STATES: Final[Mapping[str, Text]] = {
    "kept": _("ordered, routing has not come to it"), "released": _("released, not routed yet"),
    "decided": _("released and decided"),
    "duplicate": _("released; it had been sent again and decided"),
    "quarantined": _("released in vain: put aside again"),
    "routed": _("released and routed"), "discarded": _("discarded"), "gone": _("gone by its retention"),
}  # fmt: skip
_NOBODY: Final = _("not known")
_FRESH: Final = _("The auditor of the {realm} bus told this {ago} ago.")
_STALE: Final = _("The auditor of the {realm} bus does not answer; it told this {ago} ago.")
_NEVER: Final = _("No auditor has told anything yet: issuers, ages and orders are not known here.")
_MORE: Final = _("There is more than is counted here: 20,000 at most are.")

AGE_HEADS: Final = (_("under a day"), _("under a week"), _("under thirty days"), _("older"))
_GROUP_HEADS: Final = (
    _("code"), _("bus"), _("from"), _("desk"), _("how many"), _("oldest"),
    *AGE_HEADS, _("what stands against a release"),
)  # fmt: skip
_ORDER_HEADS: Final = (
    _("order"), _("bus"), _("what"), _("why"), _("ordered on"), _("signatures"), _("carried out"), _("so far"),
)  # fmt: skip
_COMMANDS: Final = (
    "relais quarantine list --kept",
    "relais quarantine release PARTITION:DECISION --reason fault_mended --key OWNER.json",
    "relais quarantine discard PARTITION:DECISION --reason malformed --key OWNER.json",
)

Table = dict[str, Any]


def shown(told: QuarantineTold, lang: str) -> dict[str, Any]:
    """All of the page that the auditor knows."""
    return {
        "told": _ages_told(told.last, lang),
        "kept": _kept(told, lang),
        "orders": _orders(told, lang),
        "commands": _COMMANDS,
    }


def _ages_told(last: Mapping[str, LastTold], lang: str) -> list[str]:
    lines = [
        (_FRESH if own.answers else _STALE).say(
            lang, realm=realm_label(realm, lang), ago=ago(time.time(), own.at, lang)
        )
        for realm, own in last.items()
    ]
    lines += [_MORE.say(lang)] * any(not own.told.whole for own in last.values())
    return lines or [_NEVER.say(lang)]


def _kept(told: QuarantineTold, lang: str) -> Table:
    rows = [_group_row(realm, group, lang) for realm, group in told.groups()]
    caption = _("by code and by whose it is; the desk is known where its signature verified")
    return table(_("To be ruled on, by whose it is"), caption, _GROUP_HEADS, rows, lang)


def _group_row(realm: str, group: KeptGroup, lang: str) -> list[str]:
    unknown = _NOBODY.say(lang)
    against = " · ".join(f"{n} × {_against_words(code, lang)}" for code, n in group.against.items())
    return [
        group.code, realm_label(realm, lang), institution(group.agency, lang) or unknown, group.desk or unknown,
        str(group.n), exactly(group.oldest, lang), *map(str, group.ages), against or "–",
    ]  # fmt: skip


def _against_words(code: str, lang: str) -> str:
    """Why a release would be in vain."""
    return AGAINST[code].say(lang) if code in AGAINST else code


def _orders(told: QuarantineTold, lang: str) -> Table:
    rows = [
        _order_row(realm, order, lang) for realm, own in told.last.items() for order in own.told.orders
    ]  # fmt: skip
    caption = _("the newest of each bus; an order is known once its quorum has signed it")
    return table(_("Ordered by the owners"), caption, _ORDER_HEADS, rows, lang)


def _order_row(realm: str, order: ToldOrder, lang: str) -> list[str]:
    states = Counter(state for _, _, state in order.decisions)
    reason = REASON_WORDS[order.reason].say(lang) if order.reason in REASON_WORDS else order.reason
    kind = KIND_WORDS[order.kind].say(lang) if order.kind in KIND_WORDS else order.kind
    return [
        str(order.n), realm_label(realm, lang), kind, reason, exactly(order.at, lang),
        str(order.signatures), f"{order.done} / {len(order.decisions)}", _in_words(states, lang),
    ]  # fmt: skip


def _in_words(states: Mapping[str, int], lang: str) -> str:
    """How many are in which state."""
    said = (
        (STATES[state].say(lang) if state in STATES else state, n) for state, n in states.items()
    )
    return " · ".join(f"{n} {words}" for words, n in said)
