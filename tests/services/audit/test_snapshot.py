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
from typing import cast

import orjson
import pytest

from contracts.decision.state import sums
from contracts.decision.state.rows import rows
from contracts.decision.state.state import State
from contracts.decision.state.sums import digest_of, keep_up, state_digest, state_from
from contracts.encoding import canonical
from contracts.errors import UsageError
from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from contracts.vocabulary import topics
from services.audit import source
from services.audit.replay import RealmAudit
from services.audit.snapshot import RealmSnapshot, Stand, read, save
from services.audit.source import KafkaLog
from services.platform.kafka.orders.control import Control
from services.platform.kafka.reading.log_reader import LogReader
from tests.contracts.envelope import kit
from tests.contracts.log.bus import Bus, owners
from tests.contracts.log.routing.test_partners_at_random import Partners
from tests.services.audit.lives import BusReader, StandingControl, spoil
from tests.services.audit.lives import lived as more

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
    """Where the replayers can be gone on behind, with what was found before."""
    told = [one.told() for one in some]
    stands = [Stand(1, 2, *one) if one is not None else Stand(None, None) for one in told]
    points = [stand.state.summed.tail.index if stand.decisions else 0 for stand in stands]
    before = [one for one in findings if one.index < points[one.partition]]
    return RealmSnapshot(before, ids, stands)


@pytest.mark.parametrize(("seed", "every"), [(0, 1), (1, 2), (2, 5), (3, 3), (4, 7)])
def test_it_is_the_same_verdict(
    tmp_path: Path, seed: int, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a replay ended: findings, counts, what an end shows, ids across partitions."""
    monkeypatch.setattr(sums, "POINT_EVERY", every)
    bus, chance, path = lived(seed), random.Random(seed), tmp_path / "snapshot"
    all_of_it, first = nothing(), nothing()
    whole = replayers(bus, all_of_it)
    expected = ended(step(bus, whole, [slice(None)] * topics.PARTITIONS), whole)
    cuts = [chance.randint(0, len(bus.log(number))) for number in range(topics.PARTITIONS)]
    some = replayers(bus, first)
    findings = step(bus, some, [slice(cut) for cut in cuts])

    save(path, {"civil": stood(findings, first.ids, some)})
    begun = read(path)["civil"]
    for stand in begun.stands:
        assert stand.state.tail.index % every == 0
        assert digest_of(stand.state.summed) == state_digest(stand.state)
    begins = [stand.state.tail.index for stand in begun.stands]
    rest = replayers(bus, begun)
    findings = begun.findings + step(bus, rest, [slice(at, None) for at in begins])

    assert ended(sorted(findings, key=order), rest) == (
        sorted(expected[0], key=order), *expected[1:],  # type: ignore[call-overload]
    )  # fmt: skip
    assert begun.ids == all_of_it.ids != {}
    assert len(findings) > 3
    assert any(begins)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def order(finding: AuditFinding) -> tuple[int, int, str]:
    """Partitions are replayed one after the other, twice."""
    return finding.partition, finding.index, finding.code


def test_one_that_was_altered_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off anywhere, a byte that is another, another version or form under a digest of its own."""
    monkeypatch.setattr(sums, "POINT_EVERY", 2)
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
        [b'{"relais-snapshot":2}\n', *lines[1:-1]],
        [*lines[:end], *lines[end + 1 : -1]],
        lines[:-2],
        [*lines[:row], other, *lines[row + 1 : -1]],
    ):
        path.write_bytes(b"".join(altered) + digest_line(altered))
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


def digest_line(lines: list[bytes]) -> bytes:
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


def test_a_record_that_tells_another_state_is_none_to_begin_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor one behind which the state was told again: its rows are not there any more."""
    monkeypatch.setattr(sums, "POINT_EVERY", 3)
    bus = lived(1)
    number = max(bus.routers, key=lambda one: len(bus.log(one)))
    replayer = replayers(bus, nothing())[number]
    rows, evidence = bus.log(number), bus.evidence(number)
    for row in rows[:4]:
        replayer.step(row.value, tuple(row.headers), evidence[row.key.decode()])
    told = replayer.told()
    assert told is not None
    assert told[0].summed.tail.index == 3

    keep_up(told[0])
    assert replayer.told() is None
    for row in rows[4:6]:
        replayer.step(row.value, tuple(row.headers), evidence[row.key.decode()])
    lie = orjson.loads(rows[6].value) | {"state": "A" * 43}
    (found,) = replayer.step(canonical(lie), (), evidence[rows[6].key.decode()])

    assert found.code == "record_differs"
    assert replayer.told() is None


def audit_of(bus: Bus, chance: random.Random, begun: RealmSnapshot | None = None) -> RealmAudit:
    """An audit that reads a bus, in whatever portions."""
    audit = RealmAudit(KafkaLog("nowhere"), "civil", owners(), begun=begun)
    audit._reader = cast("LogReader", BusReader(bus, chance))
    audit.control = cast("Control", StandingControl(bus.registry))
    return audit


def judged(audit: RealmAudit) -> tuple[object, ...]:
    """Its verdict, whatever the order in which partitions were read."""
    findings = sorted(audit.close(END), key=lambda one: (*order(one), one.topic, one.offset))
    return findings, audit.tally(), audit._ids


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(12))
async def test_a_realm_is_gone_on_with_whatever_others_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Garbage, copies, evidence written again, before and behind where it is gone on, from snapshot to snapshot."""
    monkeypatch.setattr(sums, "POINT_EVERY", 1 + seed % 5)
    monkeypatch.setattr(source, "MARKERS_S", 0)
    bus, chance, path = Bus(), random.Random(seed), tmp_path / "snapshot"
    partners, asked, needed = Partners(chance), 0, 0
    begun: RealmSnapshot | None = None
    for round_ in range(6):
        more(bus, partners, 9, first=9 * round_)
        if seed % 3:
            spoil(bus, chance, "garbage", "evidence", "copy" if seed % 2 else "again")
        audit = audit_of(bus, chance, begun)
        await audit.start()
        await audit.read_whole()
        asked = cast("BusReader", audit._reader).asked
        save(path, {"civil": audit.snapshot()})
        begun = read(path)["civil"]
        whole = audit_of(bus, chance)
        await whole.start()
        await whole.read_whole()

        assert judged(audit) == judged(whole)
        needed = cast("BusReader", whole._reader).asked

    assert asked < needed
    assert begun is not None
    assert any(stand.decisions for stand in begun.stands)


@pytest.mark.anyio
@pytest.mark.parametrize("move", [-1, 0, 1, 1000])
async def test_a_state_that_the_log_does_not_tell_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, move: int
) -> None:
    """At another record, behind the end, or with a row that is another, whatever the file's own digest says."""
    monkeypatch.setattr(sums, "POINT_EVERY", 3)
    monkeypatch.setattr(source, "MARKERS_S", 0)
    bus, chance, path = lived(3), random.Random(3), tmp_path / "snapshot"
    audit = audit_of(bus, chance)
    await audit.start()
    await audit.read_whole()
    save(path, {"civil": audit.snapshot()})
    begun = read(path)["civil"]
    stand = next(one for one in begun.stands if one.decisions and one.state.seq)
    assert stand.decisions is not None
    stand.decisions += move
    if not move:
        stand.state.seq[next(iter(stand.state.seq))] += 1
        stand.state = state_from(stand.state.tail, rows(stand.state))

    with pytest.raises(UsageError, match="snapshot_differs"):
        await audit_of(bus, chance, begun).start()
