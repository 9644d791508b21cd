"""What the audit service tells the console of quarantine: how many, whose, how old."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

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


async def _asked(
    told: QuarantineProjection, path: str, secret: bytes = SECRET, **query: Any
) -> httpx.Response:
    app = httpx.ASGITransport(app=Starlette(routes=told.routes))
    async with httpx.AsyncClient(transport=app, base_url="http://audit") as client:
        return await client.get(path, params=query, headers=bearer(secret))


async def _followed(
    bus: Bus, home: Path, monkeypatch: pytest.MonkeyPatch, now: int = LATER, looks: int = 1
) -> QuarantineProjection:
    """The projection of an audit service that has read the bus's log."""
    told = QuarantineProjection(SharedSecrets({"civil": SECRET}))
    lives = Lives(bus, home)
    life = await lives.live(monkeypatch, looks=0)
    told.follow(life.audit)
    for _ in range(looks):
        await life.followed.look(now)
    return told


def _busy() -> tuple[Bus, list[str]]:
    """One event broke routing, one names a convention that nobody knows, one is garbage."""
    bus = Bus()
    broken = good(bus)
    leaves = put_aside(bus, broken)
    bus.route(good(bus, 2, convd=digest("no convention yet")))
    garbage = replace(good(bus, 3), value=b"Zoe Canari", key=b"k")
    bus.route(garbage)
    return bus, leaves


async def test_groups_say_code_outbox_and_issuer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The issuer where its cover verified, the outbox always; nothing of what it held."""
    bus, _ = _busy()
    told = await _followed(bus, tmp_path, monkeypatch)

    page = await _asked(told, GROUPS)

    realm = page.json()
    rows = {row["code"]: row for row in realm["groups"]}
    assert rows["unknown_convention"]["desk"] == "edu-s"
    assert rows["internal_error"]["desk"] == ""
    assert {row["agency"] for row in rows.values()} == {"education"}
    assert all(row["n"] == 1 and 0 < row["oldest"] <= LATER for row in rows.values())
    assert len(rows) == 3
    assert b"Zoe" not in page.content


async def test_a_service_that_starts_again_knows_whose_each_input_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its store: it reads no record anew."""
    bus, _ = _busy()
    lives = Lives(bus, tmp_path)
    await lives.live(monkeypatch)
    life = await lives.live(monkeypatch, looks=0)

    rows = groups(life.audit)

    assert {row["agency"] for row in rows} == {"education"}
    assert {row["desk"] for row in rows} == {"", "edu-s"}


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


@pytest.mark.parametrize("secret", [b"", bytes(32), SECRET[:-1]])
async def test_whoever_shows_another_secret_is_told_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: bytes
) -> None:
    """401, and not a word of quarantine; without its own secret there is no such route."""
    bus, _ = _busy()
    told = await _followed(bus, tmp_path, monkeypatch)

    page = await _asked(told, GROUPS, secret)
    closed = await _asked(QuarantineProjection(SharedSecrets({})), GROUPS, secret)

    assert page.status_code == httpx.codes.UNAUTHORIZED
    assert b"internal_error" not in page.content
    assert closed.status_code == httpx.codes.NOT_FOUND


async def test_a_record_whose_evidence_is_another_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes evidence anew puts no issuer of his on a page."""
    bus, _ = _busy()
    for (topic, _number), rows in bus.written.items():
        if topic == topics.evidence("civil"):
            for row in rows:
                if b"unknown_convention" in row.value:
                    rows[rows.index(row)] = replace(
                        row, value=row.value.replace(b'"bytes"', b'"bytez"')
                    )
    told = await _followed(bus, tmp_path, monkeypatch)

    realm = (await _asked(told, GROUPS)).json()

    assert not [row for row in realm["groups"] if row["desk"]]
