"""Quarantine on a real broker, by command: list, release, discard; and the verdict."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from contracts.envelope.event import Published
from contracts.envelope.receive import open_delivery
from contracts.envelope.verify import RouterContext, verify_published
from contracts.envelope.wire import Inbound, Outbound
from contracts.keys.directory import SigningKey
from contracts.keys.keyring import signing_file
from services.platform.kafka.bus import Bus
from services.platform.keys.owners import FILE, owners_text
from tests.contracts.envelope.kit import DAY, NOW, addressed, inbox, recipient_context
from tests.contracts.log.first_orders import OWNER, owners
from tests.kafka import kit
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.shell import lines_of

CRIP = inbox(kit.REALM, "crip")


def owners_home(path: Path) -> Path:
    """A home with the owners' public keys, and the private one beside it; returns the latter."""
    owner = OWNER
    key = SigningKey(owner.kid, owner.alg, owner.owner, owner.public, NOW - DAY, NOW + DAY)
    table = owners()
    kinds = dict.fromkeys(table.keys, (1, (key,)))
    keepers, parties = tuple(table.directory.values()), tuple(table.parties.values())
    (path / FILE).write_bytes(owners_text(kinds, keepers, parties))
    file = path / "owner.json"
    file.write_bytes(signing_file(owner._private, key))
    file.chmod(0o600)
    return file


async def relais(home: Path, *words: str) -> tuple[int, Any]:
    """Run the command with `--format json`; its exit code and what it printed, of a list rows."""
    command = (sys.executable, "-m", "services", *words, "--home", str(home), "--format", "json")
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=PATIENCE
    )
    assert "Traceback" not in done.stderr, done.stderr
    if "list" in words:
        return done.returncode, lines_of(done.stdout)
    return done.returncode, orjson.loads(done.stdout) if done.stdout else done.stderr


async def test_an_operator_releases_and_discards_by_command(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours, mended: listed, released, delivered once; garbage is discarded."""
    await kit.prepare(fresh)
    key = owners_home(tmp_path)
    publisher = kit.Publisher(fresh)
    # Of three issuers: whoever's cover was not read leaves a hole in its chain, which is an alarm.
    events = [publisher.event(n, who) for n, who in enumerate(("edu-s", "pmi", "asso"))]
    where = ("--kafka", fresh, "--realm", kit.REALM)
    by = (*where, "--key", str(key))
    port = free_port()

    def breaks(record: Inbound, context: RouterContext) -> Published:
        if record.value == events[1].value:
            raise ZeroDivisionError
        return verify_published(record, context)

    async with kit.router(fresh, tmp_path, http_port=port):
        with monkeypatch.context() as fault:
            fault.setattr("contracts.log.routing.partition_router.verify_published", breaks)
            await publisher.publish(events)
            await Bus(fresh).write([Outbound(events[0].topic, 2, b"k", b"Zoe", [])])
            await kit.until(fresh, {"decided": 2, "quarantined": 2})
        before = await backlog(port, 2)
        _, listed = await relais(tmp_path, "quarantine", "list", *where)
        broken = next(one for one in listed if one["code"] == "internal_error")
        (other,) = (one for one in listed if one is not broken)
        good, bad = (f"{one['partition']}:{one['decision']}" for one in (broken, other))

        release = (good, "--release", "--reason", "fault_mended")
        discard = (bad, "--discard", "--blind", "--reason", "malformed")
        done, answer = await relais(tmp_path, "quarantine", "decide", *release, *by)
        dropped, _ = await relais(tmp_path, "quarantine", "decide", *discard, *by)
        log = await kit.until(fresh, {"released": 1, "discarded": 1})
        after = await backlog(port, 0)
        _, listed = await relais(tmp_path, "quarantine", "list", *where)

    assert "Zoe" not in str(listed)
    assert (before, after) == (2, 0)
    assert done == dropped == 0
    assert [one["state"] for one in answer["decisions"]] == ["decided"]
    assert {one["decision"]: (one["state"], one["why"]) for one in listed} == {
        broken["decision"]: ("decided", ""), other["decision"]: ("discarded", "malformed"),
    }  # fmt: skip
    arrived = addressed(await kit.read(fresh, CRIP), "crip")
    deliveries = [one for one in arrived if b'"receipt"' in (one.value or b"")]
    assert len(deliveries) == 3
    for one in deliveries:
        open_delivery(one.value, one.headers, recipient_context("crip"))
    orders = ("genesis", "adopted")
    kinds = Counter(one["kind"] for one in log if one["kind"] not in orders)
    assert kinds == {"decided": 3, "quarantined": 2, "released": 1, "discarded": 1}
    verdict = await kit.audited(fresh)
    assert verdict.clean, verdict.findings


async def backlog(port: int, expected: int) -> int:
    """What the shard's metrics say is in quarantine, once they are as expected."""
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(trust_env=False) as client:
        while True:
            page = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            lines = [line for line in page.splitlines() if "relais_quarantine_backlog{" in line]
            if lines and sum(float(line.rsplit(" ", 1)[1]) for line in lines) == expected:
                return expected
            await asyncio.sleep(0.1)
