"""A replay in several processes on a real broker: one verdict, whoever found what, and no process left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from services.audit import shares
from services.audit.shares import WholeLog, replay_shared
from services.platform.process.exit_codes import UnreachableError
from tests.contracts.envelope.kit import DAY, NOW
from tests.kafka import kit

pytestmark = pytest.mark.anyio

DECISIONS = topics.decisions(kit.REALM)
EVIDENCE = topics.evidence(kit.REALM)
TWICE = "019b0000-0000-7000-8000-00000000000a"


def log_of(fresh: str) -> WholeLog:
    """What an auditor without any key needs."""
    return WholeLog(fresh, [kit.REALM], kit.owners(), lambda: NOW + DAY)


def words(fresh: str, processes: int) -> bytes:
    """A verdict as a program reads it."""
    return orjson.dumps(replay_shared(log_of(fresh), processes, lambda *_: None).json())


async def routed(fresh: str, home: Path, events: int = 24) -> list[Inbound]:
    """A realm in which some events were routed, one id of them twice; its log."""
    await kit.prepare(fresh)
    publisher = kit.Publisher(fresh)
    async with kit.router(fresh, home):
        await publisher.publish([publisher.event(case)[1] for case in range(events)])
        again = [publisher.event(case, jti=TWICE) for case in range(100, 112)]
        by_partition = {out.partition: out for _, out in again}
        await publisher.publish(list(by_partition.values())[:2])
        await kit.until(fresh, {"decided": events + 2})
    return (await kit.read(fresh, DECISIONS))[DECISIONS]


async def lied(fresh: str, log: list[Inbound]) -> None:
    """Plant something in each of three partitions: what follows nothing, evidence again, a copy."""
    first, second, third = ([one for one in log if one.partition == at] for at in (0, 1, 2))
    await kit.write(
        fresh,
        [
            {"topic": DECISIONS, "partition": 0, "key": first[0].key, "value": b"{}"},
            {"topic": EVIDENCE, "partition": 1, "key": second[-1].key, "value": b"another"},
            {"topic": DECISIONS, "partition": 2, "key": third[1].key, "value": third[1].value},
        ],
    )


async def test_the_verdict_is_the_same_in_however_many_processes(
    fresh: str, tmp_path: Path
) -> None:
    """Byte for byte, with a lie in each of three partitions and an id that two have decided."""
    log = await routed(fresh, tmp_path)
    await lied(fresh, log)

    alone = await asyncio.to_thread(words, fresh, 1)
    several = [await asyncio.to_thread(words, fresh, number) for number in (2, 3, 6, 50)]

    assert several == [alone] * 4
    verdict = orjson.loads(alone)
    codes = [(one["code"], one["partition"]) for one in verdict["findings"] if one["alarm"]]
    assert {("record_malformed", 0), ("evidence_altered", 1), ("chain_broken", 2)} <= set(codes)
    (reused,) = (one for one in verdict["findings"] if one["event"] == TWICE and one["alarm"])
    assert reused["code"] == "id_reused_across_partitions"
    assert reused["topic"].startswith(f"relais.{kit.REALM}.outbox.")
    assert verdict["records"] == len(log)


async def test_it_tells_how_far_it_is(fresh: str, tmp_path: Path) -> None:
    """Of all processes together; in the end all there is."""
    log = await routed(fresh, tmp_path)
    told: list[tuple[int, int]] = []

    await asyncio.to_thread(replay_shared, log_of(fresh), 3, lambda *at: told.append(at))

    assert told[-1] == (len(log), len(log))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


async def test_a_process_that_dies_ends_all_with_an_error(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named by how it ended; the others are ended too."""
    await routed(fresh, tmp_path)
    own, before = shares._replayed, children(os.getpid())

    async def replayed(log: WholeLog, share: Any, folder: Path, progress: Any) -> Any:
        if folder.name == "1":
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(60)  # would never be waited for
        return await own(log, share, folder, progress)

    monkeypatch.setattr(shares, "_replayed", replayed)

    with pytest.raises(UnreachableError, match="replay_ended: got a process that ended with -9"):
        await asyncio.to_thread(replay_shared, log_of(fresh), 2, lambda *_: None)

    assert set(children(os.getpid())) <= set(before)


async def test_what_stops_one_process_is_told_as_if_it_were_alone(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of Kafka's keeps its code and its words."""
    await routed(fresh, tmp_path)

    async def replayed(*_: Any) -> Any:
        raise UnreachableError("kafka_unreachable", "no progress", "the end of a topic")

    monkeypatch.setattr(shares, "_replayed", replayed)

    with pytest.raises(UnreachableError, match="kafka_unreachable: got no progress"):
        await asyncio.to_thread(replay_shared, log_of(fresh), 2, lambda *_: None)


SLOW = """
import asyncio, os, signal, sys
from services.audit import shares
from tests.kafka.test_shares import log_of
async def replayed(*_):
    os.write(1, b"begun\\n")  # both write to one pipe
    await asyncio.sleep(60)
signal.signal(signal.SIGINT, signal.default_int_handler)
shares._replayed = replayed
shares.replay_shared(log_of(sys.argv[1]), 2, print)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_all_processes_end_with_the_command(
    fresh: str, tmp_path: Path, number: signal.Signals
) -> None:
    """By Ctrl-C, and however else it ends."""
    await routed(fresh, tmp_path)
    with begun_slowly(fresh) as command:
        assert command.stdout is not None
        for _ in range(2):
            assert await asyncio.to_thread(command.stdout.readline) == b"begun\n"
        begun = children(command.pid)
        if number == signal.SIGINT:
            os.killpg(command.pid, number)  # as a terminal sends it
        else:
            command.send_signal(number)
        await asyncio.to_thread(command.wait, 20)

    assert len(begun) == 2
    deadline = time.monotonic() + 10
    while any(map(is_alive, begun)) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    assert [one for one in begun if is_alive(one)] == []


def begun_slowly(fresh: str) -> subprocess.Popen[bytes]:
    """A replay by two processes that never end by themselves."""
    command = [sys.executable, "-c", SLOW, fresh]
    return subprocess.Popen(command, cwd=kit.ROOT, stdout=subprocess.PIPE, start_new_session=True)


def children(pid: int) -> list[int]:
    """The processes that a process has begun and that have not ended."""
    told = [
        int(one)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for one in path.read_text().split()
    ]
    return [one for one in told if is_alive(one)]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
