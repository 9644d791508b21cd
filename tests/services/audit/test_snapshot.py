"""A replay that goes on behind a snapshot finds what one from the beginning finds."""

from __future__ import annotations

import hashlib
import os
import random
import stat
import tracemalloc
from collections.abc import MutableMapping
from dataclasses import asdict
from pathlib import Path

import orjson
import pytest

from contracts.decision.state import State
from contracts.errors import UsageError
from contracts.log.finding import AuditFinding
from contracts.log.replay import Replayer
from contracts.vocabulary import topics
from services.audit.snapshot import RealmSnapshot, Stand, read, save
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus
from tests.contracts.log.test_partners_at_random import Partners

END = kit.NOW + 400 * kit.DAY


def lived(seed: int) -> Bus:
    """A realm's log of odd events, and of what fell due after them."""
    bus, partners = Bus(), Partners(random.Random(seed))
    for at in range(60):
        bus.route(kit.inbound(partners.next(), offset=at), now=partners.now)
        bus.tick(partners.now)
    bus.tick(partners.now + 100 * kit.DAY)
    return bus


def replayers(bus: Bus, begun: RealmSnapshot) -> list[Replayer]:
    """As an auditor makes them."""
    return [
        Replayer("civil", number, bus.registry, begun.ids, stand.state, stand.tally)
        for number, stand in enumerate(begun.stands)
    ]


def step(bus: Bus, some: list[Replayer], spans: list[slice]) -> list[AuditFinding]:
    """Replay a span of each partition."""
    found: list[AuditFinding] = []
    for number, (replayer, span) in enumerate(zip(some, spans, strict=True)):
        evidence = bus.evidence(number)
        for row in bus.log(number)[span]:
            beside = evidence.get((row.key or b"").decode())
            found += replayer.step(row.value, tuple(row.headers), beside)
    return found


def nothing() -> RealmSnapshot:
    """Before the first record."""
    return RealmSnapshot([], {}, [Stand(None, None) for _ in range(topics.PARTITIONS)])


def ended(findings: list[AuditFinding], some: list[Replayer]) -> tuple[object, ...]:
    """All that a verdict is made of."""
    ends = [one for replayer in some for one in replayer.finish(END)]
    return findings, ends, [asdict(one.tally) for one in some]


def stood(
    findings: list[AuditFinding], ids: MutableMapping[str, int], some: list[Replayer]
) -> RealmSnapshot:
    """Where the replayers stand, all of them behind a signed record."""
    stands = [Stand(1, 2, state, one.tally) for one in some if (state := one.settled())]
    assert len(stands) == len(some)
    return RealmSnapshot(findings, ids, stands)


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_same_verdict(tmp_path: Path, seed: int) -> None:
    """Wherever the snapshot was taken: findings, counts, what an end shows, ids across partitions."""
    bus, chance, path = lived(seed), random.Random(seed), tmp_path / "snapshot"
    all_of_it, first = nothing(), nothing()
    whole = replayers(bus, all_of_it)
    expected = ended(step(bus, whole, [slice(None)] * topics.PARTITIONS), whole)
    signed = [
        [
            at + 1
            for at, row in enumerate(bus.log(number))
            if any(n == "sig" for n, _ in row.headers)
        ]
        for number in range(topics.PARTITIONS)
    ]
    cuts = [chance.choice(some) for some in signed]
    some = replayers(bus, first)
    findings = step(bus, some, [slice(cut) for cut in cuts])

    save(path, {"civil": stood(findings, first.ids, some)})
    begun = read(path)["civil"]
    rest = replayers(bus, begun)
    findings = begun.findings + step(bus, rest, [slice(cut, None) for cut in cuts])

    assert ended(sorted(findings, key=order), rest) == (
        sorted(expected[0], key=order), *expected[1:],  # type: ignore[call-overload]
    )  # fmt: skip
    assert begun.ids == all_of_it.ids != {}
    assert len(findings) > 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def order(finding: AuditFinding) -> tuple[int, int, str]:
    """Partitions are replayed one after the other, twice."""
    return finding.partition, finding.index, finding.code


def test_one_that_was_altered_is_refused(tmp_path: Path) -> None:
    """Cut off anywhere, a byte that is another, another version or form under a digest of its own."""
    bus, path, chance = lived(7), tmp_path / "snapshot", random.Random(7)
    some, first = replayers(bus, nothing()), nothing()
    step(bus, some, [slice(None)] * topics.PARTITIONS)
    save(path, {"civil": stood([], first.ids, some)})
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)

    spoilt = [b"", b"\n", whole[:-1] + b"!", b"".join(lines[:-1]), lines[-1]]
    for _ in range(60):
        data = bytearray(whole)
        data[chance.randrange(len(data) - 1)] ^= 1 << chance.randrange(8)
        spoilt.append(bytes(data))
    for content in spoilt:
        path.write_bytes(content)
        with pytest.raises(UsageError, match="snapshot_malformed"):
            read(path)
    end = lines.index(b"[]\n")
    row = next(at for at, line in enumerate(lines) if line.startswith(b'["seq"'))
    other = orjson.dumps(["none", *orjson.loads(lines[row])[1:]]) + b"\n"
    for altered in (
        [b'{"relais-audit":2}\n', *lines[1:-1]],
        [*lines[:end], *lines[end + 1 : -1]],
        lines[:-2],
        [*lines[:row], other, *lines[row + 1 : -1]],
    ):
        path.write_bytes(b"".join(altered) + digest_of(altered))
        with pytest.raises(UsageError, match="snapshot_malformed"):
            read(path)


def test_no_more_than_a_line_is_held_beside_the_state(tmp_path: Path) -> None:
    """A file of many megabytes is written and read in little more memory than what it says takes."""
    state, ids = State(), {f"{at:032}": at % 6 for at in range(100_000)}
    path, told = tmp_path / "snapshot", RealmSnapshot([], ids, [Stand(1, 2, state)])
    state.ended.update({f"{at:064}": "x" * 200 for at in range(20_000)})

    tracemalloc.start()
    save(path, {"civil": told})
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    again = read(path)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert again == {"civil": told}
    assert path.stat().st_size > 10_000_000
    assert most < 1_000_000
    assert peak - held < 1_000_000


def digest_of(lines: list[bytes]) -> bytes:
    """The last line of a snapshot."""
    return orjson.dumps({"sha256": hashlib.sha256(b"".join(lines)).hexdigest()}) + b"\n"


def test_what_it_is_written_to_is_new_and_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that somebody lays at the last moment is not followed; nobody else reads it meanwhile."""
    path, victim, opened = tmp_path / "snapshot", tmp_path / "victim", os.open
    victim.write_text("of another")
    modes: list[int] = []

    def plant(new: Path, *given: int) -> int:
        new.symlink_to(victim)
        return opened(new, *given)

    def look(new: Path, *given: int) -> int:
        file = opened(new, *given)
        modes.append(stat.S_IMODE(os.fstat(file).st_mode))
        return file

    path.with_name("snapshot.new").symlink_to(victim)  # from before: taken away
    monkeypatch.setattr("os.open", plant)
    with pytest.raises(UsageError, match="snapshot_unwritable"):
        save(path, {})
    monkeypatch.setattr("os.open", look)
    save(path, {})

    assert victim.read_text() == "of another"
    assert (modes, read(path)) == ([0o600], {})


def test_its_content_is_on_the_disk_before_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there before is replaced by a file that a crash cannot empty any more."""
    path, synced, fsync = tmp_path / "snapshot", list[tuple[int, bool]](), os.fsync

    def look(file: int) -> None:
        fsync(file)
        synced.append((os.fstat(file).st_size, path.exists()))

    monkeypatch.setattr("os.fsync", look)
    save(path, {})

    assert synced == [(path.stat().st_size, False)]


@pytest.mark.parametrize("is_signed", [True, False])
def test_an_end_that_is_not_sound_is_none(*, is_signed: bool) -> None:
    """Behind an unsigned record, or one that follows nothing, nobody can go on."""
    bus = lived(1)
    some, rows = replayers(bus, nothing()), bus.log(0)
    end = next(
        at + 1
        for at, row in enumerate(rows)
        if at and is_signed == any(name == "sig" for name, _ in row.headers)
    )

    step(bus, some, [slice(end)] + [slice(0)] * 5)

    assert (some[0].settled() is not None) == is_signed
    some[0].step(rows[0].value, tuple(rows[0].headers), None)
    assert some[0].settled() is None
