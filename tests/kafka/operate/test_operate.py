"""The operator's page, done: its commands, on three nodes with TLS and on one broker."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.keys.directory import SigningKey
from contracts.keys.keyring import signing_file
from services.platform.process.tether import tethered
from services.play.certificates import ca
from services.play.kafka import brokers
from services.play.kafka.fetch import fetch_jars
from tests.contracts.envelope.kit import DAY, NOW, addressed
from tests.kafka import kit
from tests.kafka.operate.test_quarantine import CRIP, owners_home
from tests.kafka.play.test_up import until_arrived
from tests.patience import PATIENCE
from tests.test_readme import programs

__all__ = ["programs"]  # a fixture: `relais` is this repository's


def shell(command: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a line of the page as it is typed."""
    return subprocess.run(  # noqa: S602
        command, shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip


def good(command: str, folder: Path, env: dict[str, str]) -> str:
    """Run a line that must end with 0; what it printed."""
    done = shell(command, folder, env)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


@contextmanager
def up(
    folder: Path, env: dict[str, str], words: str = "relais up --nodes 3 --tls --shards 2"
) -> Iterator[subprocess.Popen[bytes]]:
    """The federation while the block lasts; Ctrl-C ends it with 0."""
    with (folder / "up.txt").open("wb") as out:
        process = subprocess.Popen(
            tethered(words.split()),
            cwd=folder,
            env=env,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 2 * PATIENCE  # three nodes, on a busy machine
            while "Ctrl-C stops everything" not in (folder / "up.txt").read_text("utf-8"):
                assert process.poll() is None, (folder / "up.txt").read_text("utf-8")
                assert time.monotonic() < deadline, (folder / "up.txt").read_text("utf-8")
                time.sleep(0.5)
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(PATIENCE)
    assert code == 0


def until_status(code: int, folder: Path, env: dict[str, str]) -> dict[str, Any]:
    """Look until `relais status` ends with a code; what it told then, however busy it is."""
    deadline = time.monotonic() + PATIENCE
    while True:
        done = shell("relais status --format json", folder, env)
        told: dict[str, Any] = orjson.loads(done.stdout)
        if done.returncode == code:
            return told
        assert time.monotonic() < deadline, done.stdout
        time.sleep(2)  # a look costs a second of processor, which those that it looks at need


def until_in_step(folder: Path, env: dict[str, str]) -> None:
    """Look until `relais status` knows of no copy that is out of step."""
    deadline = time.monotonic() + PATIENCE
    while orjson.loads(shell("relais status --format json", folder, env).stdout)["kafka"]["behind"]:
        assert time.monotonic() < deadline
        time.sleep(2)


def issuers(folder: Path, env: dict[str, str]) -> list[str]:
    """Who has sent what the CRIP's inbox shows."""
    out = good("relais inbox --desk crip --format json", folder, env)
    return [orjson.loads(line)["from"] for line in out.splitlines()]


SEND = "relais send --agency education .relais/examples/concern.json"


@pytest.mark.kafka
@pytest.mark.slow
def test_start_a_lost_disk_stop_and_restore(tmp_path: Path, programs: dict[str, str]) -> None:
    """All pages of it in one day: nothing that was accepted is lost, and the audit is clean."""
    fetch_jars()
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    with up(here, programs):
        # Start.
        assert until_status(0, here, programs)["alerts"] == []
        good("relais kafka apply --check", here, programs)
        good("relais audit replay", here, programs)
        good(SEND, here, programs)
        until_arrived(here / ".relais", "crip")
        assert "Child-concern alert" in good("relais inbox --desk crip", here, programs)
        good("relais layout", here, programs)
        good("relais kafka apply", here, programs)
        good("relais convention lint", here, programs)
        good("tail -n 3 .relais/logs/routing-civil-0.log", here, programs)

        # A certificate that expires.
        expired_and_renewed(here, programs)

        # Lost disk, and another node in place of one that is dead.
        node = brokers.status(here / ".relais" / "kafka").node(3).pid
        os.kill(node, signal.SIGSTOP)  # one that is killed is started again before anybody looks
        told = until_status(1, here, programs)
        assert "RelaisBrokerAway" in {alert["alert"] for alert in told["alerts"]}
        os.kill(node, signal.SIGKILL)
        good("rm -rf .relais/kafka/node-3/data", here, programs)
        good(SEND, here, programs)
        good("relais kafka up", here, programs)
        until_in_step(here, programs)
        good("relais kafka apply --check", here, programs)
        until_count(2, here, programs)

    # Stop, copy, and start elsewhere.
    good("relais kafka down", here, programs)
    assert brokers.status(here / ".relais" / "kafka").pids == {}
    good(f"cp -a .relais {there}", here, programs)
    shutil.rmtree(here)
    with up(there, programs):
        assert "no divergence" in good("relais audit replay", there, programs)
        until_count(2, there, programs)
        good(SEND, there, programs)
        until_count(3, there, programs)


def until_count(number: int, folder: Path, env: dict[str, str]) -> None:
    """Wait until the CRIP has so many arrivals, and see that it has no more."""
    until_arrived(folder / ".relais", "crip", number)
    assert issuers(folder, env) == ["edu-s"] * number


def expired_and_renewed(folder: Path, env: dict[str, str]) -> None:
    """The owners' certificate has expired: the command says what to do, and that mends it."""
    ca.renew(
        folder / ".relais" / "tls", "owners-civil", days=1,
        start=datetime.now(UTC) - timedelta(days=3),
    )  # fmt: skip
    refused = shell("relais layout", folder, env)
    good("relais keys tls owners-civil --renew", folder, env)
    good("relais keys tls --all --shards 2", folder, env)

    assert refused.returncode == 2
    assert "relais keys tls owners-civil" in refused.stderr
    good("relais layout", folder, env)


@pytest.mark.anyio
async def test_add_a_shard_with_events_in_flight(
    fresh: str, tmp_path: Path, programs: dict[str, str]
) -> None:
    """The old shard ends by itself; the two new ones go on: each event once, none left."""
    await kit.prepare(fresh)
    owners_home(tmp_path)
    folder = tmp_path / "keys" / "owners"
    folder.mkdir(parents=True)
    owner = kit.OWNER
    key = SigningKey(owner.kid, owner.alg, owner.owner, owner.public, NOW - DAY, NOW + DAY)
    own = folder / "directory-1.json"
    own.write_bytes(signing_file(owner._private, key))
    own.chmod(0o600)
    env = {**programs, "RELAIS_HOME": str(tmp_path), "RELAIS_KAFKA": fresh}
    publisher = kit.Publisher(fresh)
    events = [publisher.event(case, "edu-s")[1] for case in range(60)]
    logs = [tmp_path / f"{name}.log" for name in ("old", "0", "1")]

    old = kit.start_router(fresh, tmp_path, logs[0])
    await publisher.publish(events[:20])
    await kit.until(fresh, {"decided": 1})
    before = await asyncio.to_thread(good, "relais layout", tmp_path, env)
    await publisher.publish(events[20:40])
    await asyncio.to_thread(good, "relais layout --shards 2 --realm civil", tmp_path, env)
    ended = await asyncio.to_thread(old.wait, PATIENCE)
    await publisher.publish(events[40:])
    more: dict[str, Any] = {"shards": 2, "reshard": True}
    new = [kit.start_router(fresh, tmp_path, logs[1 + n], shard=n, **more) for n in range(2)]
    try:
        log = await kit.until(fresh, {"decided": 60, "layout": 6}, PATIENCE)
    finally:
        for process in new:
            process.terminate()
            process.wait(PATIENCE)

    after = await asyncio.to_thread(good, "relais layout", tmp_path, env)
    assert ended == 6  # as planned
    assert "layout_differs" in logs[0].read_text("utf-8")
    assert ("1 shard by" in before, "2 shards" in after) == (True, True)
    assert "shard 1: partitions 1, 3, 5" in after
    assert kit.outcome(log) == {"decided": 60, "layout": 6}
    arrived = addressed((await kit.read(fresh, CRIP))[CRIP], "crip")
    ids = [orjson.loads(one.value or b"")["id"] for one in arrived]
    assert sorted(ids) == sorted(orjson.loads(one.value)["id"] for one in events)
    verdict = await kit.audited(fresh)
    assert verdict.clean, verdict.findings
