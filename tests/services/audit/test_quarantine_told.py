"""What the audit service tells the console of quarantine: how many, whose, how old."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from contracts.encoding import digest
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from services.audit.projection.quarantine import QuarantineProjection, groups
from services.platform.http.shared_secret import SharedSecrets, bearer
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus
from tests.contracts.log.ruling import LATER, good, put_aside, released
from tests.services.audit.lives import Lives

SECRET = bytes(range(32))
GROUPS = "/projection/civil/quarantine"


async def _asked(told: QuarantineProjection, secret: bytes = SECRET) -> httpx.Response:
    app = httpx.ASGITransport(app=Starlette(routes=told.routes))
    async with httpx.AsyncClient(transport=app, base_url="http://audit") as client:
        return await client.get(GROUPS, headers=bearer(secret))


async def _followed(
    bus: Bus, home: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Lives, QuarantineProjection]:
    """Lives of an audit service, and what the first one tells that has read the bus's log."""
    lives, told = Lives(bus, home), QuarantineProjection(SharedSecrets({"civil": SECRET}))
    told.follow((await lives.live(monkeypatch)).audit)
    return lives, told


def _busy() -> Bus:
    """One event broke routing, one names a convention that nobody knows, one is garbage."""
    bus = Bus()
    put_aside(bus, good(bus))
    bus.route(good(bus, 2, convd=digest("no convention yet")))
    bus.route(replace(good(bus, 3), value=b"Zoe Canari", key=b"k"))
    return bus


async def test_groups_say_code_outbox_and_issuer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The issuer where its cover verified; nothing of what it held, and nothing without a secret.

    A service that starts again tells the same from its store.
    """
    lives, told = await _followed(_busy(), tmp_path, monkeypatch)

    page = await _asked(told)
    refused = [await _asked(told, secret) for secret in (b"", bytes(32), SECRET[:-1])]
    closed = await _asked(QuarantineProjection(SharedSecrets({})))
    again = (await lives.live(monkeypatch, looks=0)).audit

    rows = {row["code"]: row for row in page.json()["groups"]}
    assert rows["unknown_convention"]["desk"] == "edu-s"
    assert rows["internal_error"]["desk"] == ""
    assert {row["agency"] for row in rows.values()} == {"education"}
    assert all(row["n"] == 1 and 0 < row["oldest"] <= LATER for row in rows.values())
    assert (len(rows), groups(again)) == (3, page.json()["groups"])
    assert b"Zoe" not in page.content
    assert {answer.status_code for answer in refused} == {httpx.codes.UNAUTHORIZED}
    assert b"internal_error" not in b"".join(answer.content for answer in refused)
    assert closed.status_code == httpx.codes.NOT_FOUND


def test_what_is_put_aside_again_keeps_its_outbox_and_issuer() -> None:
    """An order releases it from quarantine, and routing breaks at it once more."""
    bus = Bus()
    event = good(bus, 2, convd=digest("no convention yet"))
    bus.route(event)
    (leaf,) = bus.routers[event.partition].state.kept

    released(bus, leaf)

    (kept,) = bus.routers[event.partition].state.kept.values()
    assert (kept.first, kept.outbox) == (kit.NOW + 1, event.topic)
    assert kept.issuer == desk_urn("civil", "edu-s")


async def test_a_record_whose_evidence_is_another_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes evidence anew puts no issuer of his on a page."""
    bus = _busy()
    for (topic, _number), rows in bus.written.items():
        for at, row in enumerate(rows if topic == topics.evidence("civil") else ()):
            if b"unknown_convention" in row.value:
                rows[at] = replace(row, value=row.value.replace(b'"bytes"', b'"bytez"'))

    _lives, told = await _followed(bus, tmp_path, monkeypatch)

    assert not [row for row in (await _asked(told)).json()["groups"] if row["desk"]]
