"""A verify that is ended halfway and goes on: nothing twice, nothing believed that is not whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from pathlib import Path

import orjson
import pytest

from contracts.envelope.wire import Inbound
from contracts.errors import UsageError
from contracts.vocabulary import topics
from services.audit.bundle.export import export
from services.audit.bundle.verify import checked, verify
from services.audit.kept_parts import KeptParts, kept_parts
from services.audit.shares import WholeLog, replay_shared
from services.audit.verdict import AuditVerdict
from tests.services.audit.bundle.memory_log import (
    MemoryLog,
    honest,
    ignored,
    out_of,
    owners_of,
    request_of,
    small_world,
)

PARTS = 6
Rows = dict[tuple[str, int], list[Inbound]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the civil bus."""
    path = out_of(tmp_path_factory.mktemp("bundle"))
    export(request_of(small_world(), realms=("civil",)), path)
    return path


class Watched:
    """A progress that ends the process by Ctrl-C once so many records were decided."""

    def __init__(self, end_at: int = 1 << 30) -> None:
        self.told: list[tuple[int, int]] = []
        self._end_at = end_at

    def __call__(self, done: int, total: int) -> None:
        self.told.append((done, total))
        if done >= self._end_at:
            raise KeyboardInterrupt


def verified(path: Path, kept: KeptParts, progress: Watched, processes: int = 1) -> AuditVerdict:
    """The verdict, with what is kept of it."""
    with checked(path, "", ignored) as bundle:
        return verify(bundle, owners_of(small_world()), processes, progress, (), kept)


@contextmanager
def ended_halfway(path: Path, folder: Path, processes: int = 1) -> Iterator[KeptParts]:
    """What is kept after a Ctrl-C shortly before the end."""
    with kept_parts(folder, b"manifest", b"owners") as kept:
        with pytest.raises(KeyboardInterrupt):
            verified(path, kept, Watched(honest().records - 2), processes)
        yield kept


def whole(kept: KeptParts) -> int:
    """How many parts are."""
    return sum(kept.read("civil", number) is not None for number in range(PARTS))


@pytest.mark.parametrize("processes", [1, 2])
def test_a_verify_that_was_ended_goes_on_to_the_same_verdict(
    processes: int, bundle: Path, tmp_path: Path
) -> None:
    """What was whole is not decided again; progress begins where the first one ended, with the same total."""
    with ended_halfway(bundle, tmp_path, processes) as kept:
        before, progress = whole(kept), Watched()
        verdict = verified(bundle, kept, progress, processes)

        assert before > 0
        assert before < PARTS or processes > 1  # of two processes the other one may have done all
        assert whole(kept) == PARTS
        kept.forget()

    assert orjson.dumps(verdict.json()) == orjson.dumps(honest().json())
    assert verdict.shared == honest().shared
    assert all(before < done for done, _total in progress.told)
    assert progress.told[-1:] in ([], [(verdict.records, verdict.records)])
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_is_not_whole_is_decided_again(bundle: Path, tmp_path: Path) -> None:
    """Cut, of another form, or without the ids that were laid aside with it; of a state nothing stays."""
    with ended_halfway(bundle, tmp_path) as kept:
        parts = sorted(kept.home.glob("*/part.json"))
        assert {path.name for path in parts[0].parent.iterdir()} == {
            "part.json", *(f"{number:02}" for number in range(64)),
        }  # fmt: skip
        before = whole(kept)
        parts[0].write_bytes(parts[0].read_bytes()[:-9])
        (parts[1].parent / "07").write_bytes(b"\0" * 25)
        parts[2].write_bytes(b'{"ids":[]}')

        assert whole(kept) == before - 3
        assert verified(bundle, kept, Watched()).json() == honest().json()


def test_what_is_kept_is_of_one_verdict_and_for_one_process(tmp_path: Path) -> None:
    """Of another bundle, other owners or another program nothing is taken; two at once would spoil it."""
    with kept_parts(tmp_path, b"manifest", b"owners") as kept:
        with kept_parts(tmp_path, b"manifest", b"other owners") as other:
            assert other.home != kept.home
        with (
            pytest.raises(UsageError, match=r"resume_busy.*got another command"),
            kept_parts(tmp_path, b"manifest", b"owners"),
        ):
            pass

    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(UsageError, match="resume_unwritable"), kept_parts(file, b""):
        pass


@dataclass
class GoneOn:
    """A replay of a log that grows, with what it was told of parts that were kept."""

    kept: KeptParts
    told: list[tuple[int, int]] = field(default_factory=list)

    def replayed(self, rows: Rows, progress: Watched, processes: int = 1) -> AuditVerdict:
        """The verdict on the civil bus."""
        world = small_world()
        log = WholeLog(
            MemoryLog(rows), ("civil",), owners_of(world), world.clock.now, self.kept,
            gone_on=lambda *said: self.told.append(said),
        )  # fmt: skip
        return replay_shared(log, processes, progress)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_replay_that_was_ended_goes_on_and_says_since_when(
    processes: int, tmp_path: Path
) -> None:
    """The verdict is that of a log as it was: what was written meanwhile in a partition that was done is not in it."""
    world, rows = small_world(), dict(small_world().topics)
    with kept_parts(tmp_path, b"civil") as kept:
        replay = GoneOn(kept)
        with pytest.raises(KeyboardInterrupt):
            replay.replayed(rows, Watched(honest().records - 2))
        before = whole(kept)
        done = next(number for number in range(PARTS) if kept.read("civil", number))
        place = topics.decisions("civil"), done
        rows[place] = [*rows[place], replaced(rows[place][-1], offset=len(rows[place]))]

        verdict = replay.replayed(rows, Watched(), processes)

    assert replay.told == [(before, world.clock.now())]
    assert orjson.dumps(verdict.json()) == orjson.dumps(honest().json())


def test_a_part_of_another_log_is_decided_again(tmp_path: Path) -> None:
    """One that has not, where the part ended, the record that it ended with: rewritten, or wiped."""
    rows = dict(small_world().topics)
    with kept_parts(tmp_path, b"civil") as kept:
        replay = GoneOn(kept)
        replay.replayed(rows, Watched())
        place = topics.decisions("civil"), 0
        rows[place] = [*rows[place][:-1], replaced(rows[place][-1], value=b"{}")]
        rows[topics.decisions("civil"), 1] = []

        verdict = replay.replayed(rows, Watched())

    assert [number for number, _since in replay.told] == [PARTS - 2]
    codes = {(finding.partition, finding.code) for _realm, finding in verdict.findings}
    assert (0, "record_malformed") in codes
    assert verdict.records < honest().records


@pytest.mark.parametrize("how", ["mode", "owner", "link"])
def test_what_another_may_have_laid_there_is_not_told_as_ours(tmp_path: Path, how: str) -> None:
    """A folder of somebody else's, one that others may write to, a link: refused, and nothing is taken from it."""
    with kept_parts(tmp_path, b"") as kept:
        home = kept.home
    if how == "mode":
        home.chmod(0o770)
    elif how == "link":
        home.rename(tmp_path / "elsewhere")
        home.symlink_to(tmp_path / "elsewhere")
    elif os.geteuid() == 0:
        os.chown(home, 1, 1)
    else:
        pytest.skip("nobody but root gives a folder away")

    with pytest.raises(UsageError, match="resume_open"), kept_parts(tmp_path, b""):
        pass
