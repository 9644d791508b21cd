"""An arrival in the words of the agency that receives it: title, what is expected, content.

Each agency's `inbox.py` holds two tables: what each act is called there and what it asks for, and
what each scope is called there. Nothing is stored; the slip and the bodies have been verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.envelope.model import Slip, short
from contracts.vocabulary.scopes import WITHDRAWAL


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an act is to the agency that receives it.

    Attributes:
        fr, en: its title on the agency's screen.
        stages: acknowledgements that the convention asks for, in order.
        answer_with: kinds of the agency's own records that answer it, quoting it in `answers`.
    """

    fr: str
    en: str
    stages: tuple[str, ...] = ()
    answer_with: tuple[str, ...] = ()


Arrivals = Mapping[tuple[str, str], Arrival]  # (event type, purpose) -> what it is here

_WITHDRAWN: Final = Arrival("Retrait d'un envoi", "Withdrawal of an event", ("withdrawn",))
_OTHER: Final = Arrival("Autre envoi", "Another event", ("received",))


def arrival(
    slip: Slip, bodies: Mapping[str, Mapping[str, Any]], known: Arrivals, words: Mapping[str, str]
) -> dict[str, Any]:
    """What the partner system is handed for one delivery.

    Args:
        slip: verified.
        bodies: scope -> opened body.
        known: the agency's acts.
        words: scope -> the agency's word for it; a scope without one keeps its name.
    """
    what = known.get((slip.etype, slip.purpose or ""), _OTHER)
    if slip.purpose == WITHDRAWAL:
        what = _WITHDRAWN
    ending = slip.phase == "end"
    wire = slip.wire()
    names = ("phase", "final", "decided_on", "received_on", "ends_on", "due", "declared")
    return {
        "title": {"fr": what.fr, "en": what.en},
        "event": slip.jti,
        "case": slip.sub,
        "realm": slip.realm,
        "from": short(slip.iss),
        "desk": short(slip.aud),
        "sent_at": slip.iat,
        "type": slip.etype,
        "purpose": slip.purpose,
        "answers": _short(wire.get("re", [])),
        "ends": _short(wire.get("ends", [])),
        "facts": {name: wire[name] for name in names if name in wire},
        "expected": {
            "acknowledge": list(what.stages),
            "answer_with": [] if ending else list(what.answer_with),
        },
        "content": {words.get(scope, scope): dict(body) for scope, body in bodies.items()},
    }


def _short(refs: list[dict[str, str]]) -> list[dict[str, str]]:
    """References as a record quotes them in `answers`."""
    return [{"issuer": short(ref["iss"]), "event": ref["jti"]} for ref in refs]
