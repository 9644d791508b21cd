"""Whose what lies in quarantine is: asked of the auditor by the home's projection secret, as the console asks it.

Metrics count by code and institution; the issuing desk stands in the log alone. Nobody waits for it longer than for
any other answer, and without it the rest is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from contracts.encoding import json_object
from contracts.errors import UsageError
from contracts.vocabulary.scopes import REALMS
from services.operate.status.ask import ANSWER_S, auditor_of, bounded_page
from services.platform.http.bearer import bearer
from services.platform.keys.private_files import read_secret

MOST_ROWS: Final = 200


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


async def kept_by(home: Path, services: Mapping[str, str]) -> dict[str, tuple[KeptBy, ...]]:
    """Of each realm whose secret the home has and whose auditor answers."""
    asked = [
        (realm, url, secret)
        for realm in REALMS
        if (secret := _secret(home, realm)) and (url := auditor_of(services, realm))
    ]
    answers = await asyncio.gather(*(_ask(*row) for row in asked))
    rows = zip((realm for realm, _url, _secret in asked), answers, strict=True)
    return {realm: own for realm, own in rows if own is not None}


def _secret(home: Path, realm: str) -> bytes:
    try:
        return read_secret(home / "keys" / realm / "projection.secret")
    except UsageError:
        return b""


async def _ask(realm: str, url: str, secret: bytes) -> tuple[KeptBy, ...] | None:
    try:
        async with (
            asyncio.timeout(ANSWER_S),
            httpx.AsyncClient(timeout=ANSWER_S, trust_env=False) as client,
        ):
            url = f"{url}/projection/{realm}/quarantine"
            page = await bounded_page(client, url, headers=bearer(secret))
        groups = json_object(page)["groups"]
        return tuple(sorted(_read(groups)))
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return None


def _read(groups: Any) -> Iterator[KeptBy]:
    for row in groups[:MOST_ROWS]:
        code, agency, desk = (str(row[name])[:64] for name in ("code", "agency", "desk"))
        yield KeptBy(code, agency, desk, int(row["n"]), int(row["oldest"]))
