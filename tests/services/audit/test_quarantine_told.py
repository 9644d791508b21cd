"""What the audit service tells the console of quarantine: how many, whose, how old."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from contracts.encoding import b64u, digest, sha256
from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from services.audit.projection.quarantine import QuarantineProjection, recalled
from services.audit.projection.quarantine import told as told_of
from services.platform.http.shared_secret import SharedSecrets, bearer
from tests.contracts.log.bus import Bus
from tests.contracts.log.ruling import LATER, good, put_aside
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


async def test_what_a_store_goes_on_behind_is_recalled_from_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that starts again reads no record anew, and knows whose each input was."""
    bus, _ = _busy()
    lives = Lives(bus, tmp_path)
    await lives.live(monkeypatch)
    life = await lives.live(monkeypatch, looks=0)
    told = QuarantineProjection(SharedSecrets({"civil": SECRET}))
    told.follow(life.audit)
    (own,) = told.realms.values()
    unknown = len(own.unknown())
    reader = lives.read_by(monkeypatch)
    monkeypatch.setattr(type(reader), "read", _plain(type(reader).read))

    await recalled(own, reader)

    assert unknown == 3
    assert {row["agency"] for row in own.groups()} == {"education"}
    assert {row["desk"] for row in own.groups()} == {"", "edu-s"}


def _plain(read: Any) -> Any:
    return lambda own, starts: read(own, starts, lambda _place: False)


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


def test_evidence_that_the_record_does_not_name_is_not_believed() -> None:
    """The same record with another cover beside it is of nobody."""
    bus, _ = _busy()
    number, rows = next(
        (number, rows)
        for (topic, number), rows in bus.written.items()
        if topic == topics.evidence("civil")
        and any(b"unknown_convention" in row.value for row in rows)
    )
    (beside,) = (row for row in rows if b"unknown_convention" in row.value)
    (record,) = (row for row in bus.log(number) if row.key == beside.key)
    read = Inbound(record.topic, number, 0, record.key, record.value, (), 0)

    good_one = told_of(read, beside.value, {})
    other = told_of(read, beside.value.replace(b"unknown_convention", b"unknown_conventiom"), {})

    assert good_one is not None
    assert good_one.desk == "edu-s"
    assert other is None
    assert b64u(sha256(beside.value)).encode() in record.value
