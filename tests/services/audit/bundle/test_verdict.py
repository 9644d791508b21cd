"""A bundle and the verdict that follows from it: the same as from the log that it was made of."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from html import unescape
from pathlib import Path

import orjson
import pytest
from aiokafka import TopicPartition

from contracts.encoding import b64u, canonical
from contracts.envelope.wire import Inbound
from contracts.errors import UsageError
from contracts.vocabulary import topics
from services.audit.bundle import bundle_writer
from services.audit.bundle.export import export, sha256_of
from services.audit.bundle.manifest import MANIFEST, Manifest, read_manifest
from services.audit.bundle.stored_zip import opened
from tests.contracts.convention.amended import looked_up
from tests.services.audit.bundle.memory_log import (
    AUDITOR,
    MemoryLog,
    MemoryReader,
    judged,
    out_of,
    replayed,
    request_of,
    request_then,
    small_world,
)
from tests.services.audit.bundle.test_hostile_bundles import files_of, signed, written
from tests.world import BEGIN, MARKER, World

DECISIONS, EVIDENCE = topics.decisions("civil"), topics.evidence("civil")


def words(verdict: object) -> bytes:
    """A verdict as a program reads it."""
    return orjson.dumps(verdict.json())  # type: ignore[attr-defined]


def copied() -> dict[tuple[str, int], list[Inbound]]:
    """The topics of a world, to be changed."""
    rows: dict[tuple[str, int], list[Inbound]] = defaultdict(list)
    return rows | {place: list(own) for place, own in small_world().topics.items()}


def fullest(rows: dict[tuple[str, int], list[Inbound]]) -> int:
    """The partition of the civil bus with the most records."""
    return max(range(6), key=lambda at: len(rows.get((DECISIONS, at), [])))


def manifest_of(path: Path) -> Manifest:
    """What a bundle says of itself."""
    with opened(path) as file:
        return read_manifest(file)


def test_the_verdict_is_the_replays_word_for_word(tmp_path: Path) -> None:
    """From the file alone, of both buses."""
    world, path = small_world(), out_of(tmp_path)
    export(request_of(world), path)

    verdicts = {words(judged(path, world))}

    assert verdicts == {words(replayed(world))}
    told = orjson.loads(verdicts.pop())
    assert told["clean"]
    assert told["records"] > 20


def test_both_buses_settle_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever exports waits twice, not twice a bus."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    slow = MemoryLog(small_world().topics, settle_s=2)

    export(request_of(small_world(), source=slow), out_of(tmp_path))

    assert waits == [2, 2]


def test_the_same_log_makes_the_same_bytes(tmp_path: Path) -> None:
    """Whoever exports it again has the same digest to show; nothing of the child is in it."""
    first, second = out_of(tmp_path, "first.zip"), out_of(tmp_path, "second.zip")

    for path in (first, second):
        export(request_of(small_world(), realms=("civil",)), path)

    assert first.read_bytes() == second.read_bytes()
    assert MARKER.encode() not in first.read_bytes()
    assert first.stat().st_mode & 0o077 == 0


def test_lies_are_found_in_the_file_as_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Garbage, evidence at its end, a record gone: the same words, in parts of a kilobyte."""
    monkeypatch.setattr(bundle_writer, "FILE_BYTES", 1_000)
    world, path, rows = small_world(), out_of(tmp_path), copied()
    number = fullest(rows)
    last, evidence = rows[DECISIONS, number][-1], rows[EVIDENCE, number][-1]
    rows[DECISIONS, number].append(replace(last, offset=last.offset + 3, value=b"\xff", headers=()))
    rows[EVIDENCE, number].append(replace(evidence, offset=evidence.offset + 2, value=b"{}"))
    del rows[EVIDENCE, (number + 1) % 6][0]
    log = MemoryLog(rows)

    export(request_of(world, source=log, realms=("civil",)), path)

    verdict = judged(path, world)
    assert words(verdict) == words(replayed(world, source=log, realms=("civil",)))
    codes = {finding.code for _realm, finding in verdict.findings if finding.alarm}
    assert codes == {"record_malformed", "evidence_altered", "evidence_missing"}
    with opened(path) as file:
        assert len([name for name in file.members if "/decisions/" in name]) > 6


def test_what_is_written_meanwhile_is_not_half_in_it(tmp_path: Path) -> None:
    """Evidence of a record that came when the records had been read already."""
    world, path, rows = small_world(), out_of(tmp_path), copied()
    number = fullest(rows)
    known = list(rows[DECISIONS, number])
    early = MemoryLog({**rows, (DECISIONS, number): known[:-4]})
    whole = MemoryLog(rows)

    class Growing(MemoryLog):
        """Says first that there is less."""

        def reader(self, realm: str) -> object:  # type: ignore[override]
            reader, first = whole.reader(realm), early.reader(realm)
            ends = reader.ends

            async def told(places: object) -> object:
                some = list(places)  # type: ignore[call-overload]
                is_first = some[0].topic == DECISIONS
                return await (first.ends(some) if is_first else ends(some))

            reader.ends = told  # type: ignore[method-assign,assignment]
            return reader

    export(request_of(world, source=Growing(rows), realms=("civil",)), path)

    verdict = judged(path, world)
    assert [
        one for _realm, one in verdict.findings if one.code != "tail_unsigned" and one.alarm
    ] == []
    assert verdict.records == sum(len(rows[DECISIONS, at]) for at in range(6)) - 4


@pytest.mark.parametrize("asked", [DECISIONS, EVIDENCE])
def test_a_convention_adopted_while_an_export_begins_is_whole_in_it_or_not_at_all(
    tmp_path: Path, asked: str
) -> None:
    """Its file was missing beside its order: the bundle could be verified nowhere."""
    world, path = World(), out_of(tmp_path)
    orders = len(world.topics[topics.control("civil"), 0])

    class Racing(MemoryReader):
        """The owners adopt as soon as it was asked where that topic ends."""

        async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
            """As it was before."""
            found = await super().ends(partitions)
            known = len(world.topics[topics.control("civil"), 0])
            if known == orders and {place.topic for place in found} == {asked}:
                world.adopt(looked_up())
            return found

    class RacingLog(MemoryLog):
        """Read so."""

        def reader(self, _realm: str) -> MemoryReader:
            """A reader of any topic."""
            return Racing(self.rows)

    export(request_of(world, source=RacingLog(world.topics), realms=("civil",)), path)

    judged(path, world)
    with opened(path) as file:
        kept = sum(name.endswith("-convention-2.yaml") for name in file.members)
    assert kept == (asked == DECISIONS)


def test_a_bundle_names_the_one_before_and_goes_on_from_it(tmp_path: Path) -> None:
    """Else it is told which partition's last record is not there; a chain of bundles hides none."""
    world, first, second = small_world(), out_of(tmp_path, "1.zip"), out_of(tmp_path, "2.zip")
    export(request_then(world, BEGIN + 60, realms=("civil",)), first)

    export(request_of(world, realms=("civil",), after=first), second)

    assert manifest_of(second).after == sha256_of(first)
    assert judged(second, world, after=first).clean
    other = out_of(tmp_path, "3.zip")
    export(request_then(world, BEGIN + 61, realms=("civil",)), other)
    with pytest.raises(UsageError, match=rf"bundle_unlinked.*expected {sha256_of(other)}"):
        judged(second, world, after=other)
    with pytest.raises(UsageError, match=r"bundle_unlinked.*expected"):
        judged(first, world, after=second)


def test_a_log_that_was_rewritten_since_does_not_follow(tmp_path: Path) -> None:
    """Who has router's key and Kafka may rewrite all; a bundle handed out bears witness."""
    world, first, second = small_world(), out_of(tmp_path, "1.zip"), out_of(tmp_path, "2.zip")
    export(request_of(world, realms=("civil",)), first)
    rows = copied()
    number = fullest(rows)
    rows[DECISIONS, number] = rows[DECISIONS, number][:-1]

    with pytest.raises(
        UsageError, match=rf"bundle_unlinked.*partition {number} without the record"
    ):
        export(request_of(world, source=MemoryLog(rows), realms=("civil",), after=first), second)

    assert not second.exists()


def test_what_only_claims_to_follow_the_end_of_a_bundle_is_not_it(tmp_path: Path) -> None:
    """Anybody writes a record that names a leaf as `prev`; the record itself must be there."""
    world, first, second = small_world(), out_of(tmp_path, "1.zip"), out_of(tmp_path, "2.zip")
    export(request_of(world, realms=("civil",)), first)
    rows = copied()
    number = fullest(rows)
    *kept, last = rows[DECISIONS, number]
    claimed = canonical({"prev": (last.key or b"").decode()})
    rows[DECISIONS, number] = [*kept, replace(last, value=claimed, headers=())]

    with pytest.raises(UsageError, match=rf"bundle_unlinked.*partition {number}"):
        export(request_of(world, source=MemoryLog(rows), realms=("civil",), after=first), second)
    export(request_of(world, source=MemoryLog(rows), realms=("civil",)), second)
    files = files_of(second)
    manifest = orjson.loads(files[MANIFEST]) | {"after": sha256_of(first)}
    written(second, signed(files, manifest))
    with pytest.raises(UsageError, match=rf"bundle_unlinked.*partition {number}"):
        judged(second, world, after=first)


def test_a_bundle_that_lies_about_its_end_is_none_to_follow(tmp_path: Path) -> None:
    """Its exporter names an early record as its last one, so that any log goes on from it."""
    world, first, second = small_world(), out_of(tmp_path, "1.zip"), out_of(tmp_path, "2.zip")
    export(request_of(world, realms=("civil",)), first)
    files = files_of(first)
    manifest = orjson.loads(files[MANIFEST])
    number = fullest(copied())
    for row in manifest["places"]:
        if (row["kind"], row["partition"]) == ("decisions", number):
            row["last"] = (world.topics[DECISIONS, number][0].key or b"").decode()
    written(first, signed(files, manifest))

    with pytest.raises(UsageError, match=r"bundle_malformed.*got other records"):
        export(request_of(world, realms=("civil",), after=first), second)
    export(request_of(world, realms=("civil",)), second)
    with pytest.raises(UsageError, match=r"bundle_malformed.*got other records"):
        judged(second, world, after=first)


def test_strangers_verify_it_by_hand(tmp_path: Path) -> None:
    """With the very commands that its page shows: unzip, OpenSSL, jq and sha256sum."""
    world, path = small_world(), out_of(tmp_path, "bundle.zip")
    export(request_of(world, realms=("civil",)), path)

    lines = typed_from_page(path)

    assert "Signature Verified Successfully" in lines
    chain = lines[lines.index("Signature Verified Successfully") + 1 :]
    told = [line.split() for line in chain[::2]]
    leaves = chain[1::2]
    assert [prev for _index, *prev in told] == [[], *([leaf] for leaf in leaves[:-1])]
    assert leaves == [(row.key or b"").decode() for row in world.topics[DECISIONS, 0]]


def typed_from_page(path: Path, tools: str = "") -> list[str]:
    """What the commands on a bundle's page print, typed beside it one behind the other."""
    with opened(path) as file:
        page = file.content("explained.html", 1 << 20).decode()
    assert b64u(AUDITOR.public) in page
    assert "<script" not in page
    blocks = [part.split("</pre>")[0] for part in page.split("<pre>")[2:]]
    typed = unescape("\n".join(blocks)).replace("FILE", path.name)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", typed],
        cwd=path.parent, capture_output=True, text=True, check=False,
        env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [*done.stdout.splitlines(), *done.stderr.splitlines()]
