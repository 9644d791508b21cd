"""Whose what lies in quarantine is: asked of the auditor by the projection secret.

Metrics count by code and institution; the issuing desk stands in the log alone. Nobody waits for it
longer than for any other answer, and without it the rest is told.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.encoding import json_object
from services.operate.status.ask import ask_auditor, auditor_of

MOST_ROWS: Final = 200
_NAME: Final = re.compile(r"[a-z0-9_.-]{0,64}")
_MOST: Final = 253_402_214_400  # the year 9999


@dataclass(frozen=True, slots=True, order=True)
class KeptBy:
    """Inputs of one code and issuer, to be ruled on.

    Attributes:
        desk: that signed; empty where no cover verified.
        oldest: arrival, seconds by the bus's time.
    """

    code: str
    agency: str
    desk: str
    number: int
    oldest: int


async def kept_by(
    services: Mapping[str, str], secrets: Mapping[str, bytes]
) -> dict[str, tuple[KeptBy, ...]]:
    """Of each realm whose secret is here and whose auditor answers."""
    asked = [
        (realm, url, secret)
        for realm, secret in secrets.items()
        if (url := auditor_of(services, realm))
    ]
    answers = await asyncio.gather(
        *(ask_auditor(url, realm, "quarantine", secret) for realm, url, secret in asked)
    )
    rows = zip((realm for realm, _url, _secret in asked), map(_read, answers), strict=True)
    return {realm: own for realm, own in rows if own is not None}


def _read(page: bytes) -> tuple[KeptBy, ...] | None:
    """The rows of an answer; None of one that is empty or of another form."""
    try:
        return tuple(sorted(_row(row) for row in json_object(page)["groups"][:MOST_ROWS]))
    except (ValueError, KeyError, TypeError):
        return None


def _row(told: Any) -> KeptBy:
    names = [told[name] for name in ("code", "agency", "desk")]
    counts = [told[name] for name in ("n", "oldest")]
    if not all(_NAME.fullmatch(name) for name in names):
        raise ValueError("got another form, expected codes and names")
    if not all(type(count) is int and 0 <= count <= _MOST for count in counts):
        raise ValueError("got another figure, expected a count and an instant")
    return KeptBy(*names, *counts)
