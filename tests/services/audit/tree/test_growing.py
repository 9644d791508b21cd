"""A realm's trees behind Kafka: what ends a log is told by name, nothing else is signed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest
from starlette.applications import Starlette

from contracts.encoding import canonical
from contracts.proof import tiles
from contracts.proof.checkpoint import origin_of, parse_checkpoint
from contracts.proof.note import parse_note
from contracts.proof.note_keys import log_signers
from contracts.vocabulary import topics
from services.audit.tree.growing import RealmTrees, log_path
from services.audit.tree.log_folder import LogFolder
from services.audit.tree.publishing import log_route
from services.operate.status.ask import Samples
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.store.memory import Memory
from tests.contracts.log.replaying.test_goes_on import played
from tests.simulation.planted_log import MARKER, PlantedKafka, Row

SECRET = b"a third secret of 32 bytes, long"
BUS, NUMBER = played()
VALUES = [row.value for row in BUS.log(NUMBER)]


class Growing:
    """The trees of the realm, from start to start, over one partition's records on Kafka."""

    def __init__(self, folder: Path) -> None:
        self.rows: list[Row] = []
        self.kafka = PlantedKafka({(topics.decisions("civil"), NUMBER): self.rows})
        self.reader = self.kafka.reader()
        self.show(len(VALUES))
        self.folder, self.path = folder, log_path(folder, "civil", NUMBER)
        self.start()

    def show(self, count: int, *more: Row) -> None:
        """Let Kafka have so many records, and more."""
        self.rows[:] = [*BUS.log(NUMBER)[:count], *more]

    def start(self) -> None:
        self.health, self.metrics = ServiceHealth(), Metrics("audit")
        memory = Memory(self.folder / "memory.sqlite")
        given = "civil", "test", self.folder, memory, SECRET, self.reader
        self.trees = RealmTrees(*given, self.metrics, self.health)

    async def restart(self) -> None:
        """The process ends, and another one reads what there is."""
        self.trees.close()
        self.start()
        await self.grow()

    async def grow(self) -> None:
        await self.trees.grow(BUS.registry)

    def other(self, number: int, *entries: bytes) -> LogFolder:
        """A log's folder as another process has it, with these entries."""
        origin = origin_of("test", "civil", number)
        given = log_path(self.folder, "civil", number), Memory(self.folder / "memory.sqlite")
        folder = LogFolder(*given, log_signers(SECRET, origin))
        for entry in entries:
            folder.add(entry)
        folder.publish(1_790_000_000, 0)
        return folder

    @property
    def size(self) -> int:
        """Entries of the partition's checkpoint."""
        return parse_checkpoint(parse_note((self.path / "checkpoint").read_bytes()).text).size

    @property
    def counted(self) -> dict[tuple[str, ...], float]:
        """Alarms by their codes."""
        return Samples.read(self.metrics.page().decode()).by("alarms_total", "code")


@pytest.fixture
async def growing(tmp_path: Path) -> AsyncIterator[Growing]:
    """Trees over a log of eleven records."""
    made = Growing(tmp_path)
    async with made.reader:
        yield made
    made.trees.close()


@pytest.mark.parametrize("step", [1, 11])
async def test_a_record_that_no_entry_can_be_ends_the_log(
    growing: Growing, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No head has another record in its place, now or after a start: the first alarm is it."""
    counted, long = tiles._counted, {VALUES[5]: 999}  # so many times; those behind it would fit
    monkeypatch.setattr(tiles, "_counted", lambda entry: counted(entry * long.get(entry, 1)))
    for shown in range(step, 12, step):
        growing.show(shown)
        await growing.grow()
    heads = [log.folder.size for log in growing.trees._trees.values()]

    assert heads[NUMBER] == 5
    assert growing.counted == {("entry_too_large",): 1}
    for _life in range(2):
        await growing.restart()
        assert growing.health.warnings == {"entry_too_large_civil"}
        assert growing.trees._trees[NUMBER].folder.size == 5
        head = growing.trees._trees[NUMBER].folder.head
        assert head is None or head.size == 5


async def test_the_marker_behind_the_last_record_is_not_read_again_and_again(
    growing: Growing,
) -> None:
    """It has an offset and no record; rolled back, what comes in its place is read."""
    growing.show(11, MARKER)
    for _look in range(3):
        await growing.grow()

    assert (growing.kafka.handed, growing.size) == (12, 11)
    growing.show(7)
    await growing.grow()
    growing.show(11, BUS.log(NUMBER)[-1])  # in the marker's place
    await growing.grow()
    assert growing.kafka.handed == 13


async def test_what_cannot_be_written_is_told_until_it_can(growing: Growing) -> None:
    """A folder stands where a checkpoint is written; it goes, and so does the warning."""
    hindrance = growing.path / "checkpoint.new"
    hindrance.mkdir(parents=True)
    for _look in range(3):
        await growing.grow()
    assert growing.health.warnings == {"log_unwritable_civil"}
    assert growing.counted == {("log_unwritable",): 1}

    hindrance.rmdir()
    await growing.grow()

    assert (growing.size, growing.health.warnings) == (11, set())


async def test_a_spoilt_checkpoint_ends_the_log_until_it_is_back(growing: Growing) -> None:
    """Nobody knows what was signed: a shorter log on Kafka is not signed in its place."""
    await growing.grow()
    whole = (growing.path / "checkpoint").read_bytes()
    (growing.path / "checkpoint").write_bytes(b"")
    growing.show(7)

    await growing.restart()
    await growing.grow()

    assert growing.counted == {("log_unreadable",): 1}
    assert (growing.path / "checkpoint").read_bytes() == b""
    (growing.path / "checkpoint").write_bytes(whole)
    growing.show(11)
    await growing.grow()
    assert (growing.size, growing.health.warnings) == (11, set())


async def test_a_shorter_log_on_kafka_is_told_and_the_longer_head_stays(growing: Growing) -> None:
    """The operator deletes topics and begins again: nothing is signed in the old one's place."""
    await growing.grow()
    growing.show(7)

    await growing.restart()

    assert (growing.counted, growing.size) == ({("log_rolled_back",): 1}, 11)


async def test_a_log_is_served_with_what_caches_may_keep_and_nothing_beside_it(
    growing: Growing,
) -> None:
    """Checkpoint and heads as they are now, tiles for ever; no other file, nothing is taken."""
    growing.other(0, b"of another partition").close()
    await growing.grow()
    served = httpx.ASGITransport(Starlette(routes=[log_route(growing.folder)]))
    log, tile = f"civil-{NUMBER}", f"tile/0/000.p/{growing.size}"
    wrong = (
        "civil-0/position", "civil-0/tile/0/1", "civil-99/checkpoint", "lock/checkpoint",
        f"{log}/..%2f..%2fmemory.sqlite", f"{log}/tile/0/..%2f..%2fcheckpoint",
    )  # fmt: skip

    async with httpx.AsyncClient(transport=served, base_url="http://log/log/") as client:
        head, hashes = await client.get(f"{log}/checkpoint"), await client.get(f"{log}/{tile}")
        found = [(await client.get(path)).status_code for path in wrong]
        (growing.folder / "civil").write_bytes(b"a note over all heads")
        heads = await client.get("civil/heads")
        taken = (await client.post(f"{log}/checkpoint")).status_code

    assert head.content == (growing.path / "checkpoint").read_bytes()
    assert head.headers["content-type"] == "text/plain; charset=utf-8"
    assert head.headers["cache-control"] == "no-cache"
    assert (heads.content, heads.headers["cache-control"]) == (b"a note over all heads", "no-cache")
    assert hashes.content == (growing.path / tile).read_bytes()
    assert hashes.headers["content-type"] == "application/octet-stream"
    assert "immutable" in hashes.headers["cache-control"]
    assert (found, taken) == ([404] * len(wrong), 405)


async def test_files_that_hold_no_record_accuse_nobody(growing: Growing) -> None:
    """The log's key has signed something else: that is not Kafka's doing."""
    growing.other(NUMBER, b"no record").close()

    await growing.grow()

    assert growing.health.warnings == {"log_unreadable_civil"}


async def test_the_note_over_all_heads_has_them_all_or_is_not_written(growing: Growing) -> None:
    """While another process still has one log's files, its line cannot be left out."""
    first = orjson.loads(VALUES[0])
    others = [
        growing.other(number, canonical({**first, "partition": number}))
        for number in range(topics.PARTITIONS)
        if number != NUMBER
    ]
    for folder in others[1:]:
        folder.close()
    await growing.grow()
    assert not (growing.folder / "civil").exists()

    others[0].close()
    await growing.grow()

    _name, *rows = parse_note((growing.folder / "civil").read_bytes()).text.decode().splitlines()
    assert [row.split()[1] for row in rows] == ["1", "1", "1", "1", "11", "1"]
