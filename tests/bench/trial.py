"""What trying a convention on a long log costs: CPU a decision, and the memory that it needs.

The log is that of the five stories, all acts and both realms, as often as it takes: each copy has
events and cases of its own, so that the state grows as it would. Signatures of covers no longer
verify, which no simulation looks at; everything else is as routing wrote it.
"""

from __future__ import annotations

import os
import resource
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import orjson

from contracts.convention.load import load
from contracts.conventions import SECOND, read
from contracts.encoding import b64u, event_id
from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.audit import logfile
from services.cli.committee.recorded_log import Trial, try_file
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.bench.measure import ROUNDS, Figure, timed
from tests.contracts.envelope import kit
from tests.world import World, first_orders

DECISIONS: Final = 20_000  # of a round; RELAIS_DECISIONS for another number, in one round


class Told(NamedTuple):
    """A record and its evidence, taken apart for copying."""

    record: bytes
    cover: bytes  # claims of the evidence's cover
    evidence: bytes  # the rest of it


def figures() -> Iterator[Figure]:
    """CPU a decision and peak memory, on a saved log."""
    asked = int(os.environ.get("RELAIS_DECISIONS", "0"))
    decisions, rounds = (asked, 1) if asked else (DECISIONS, ROUNDS)
    with TemporaryDirectory(prefix="relais-trial-") as folder:
        file = Path(folder) / "log.jsonl"
        written = write(file, decisions)
        convention, owners = load(read(SECOND), SECOND), first_orders("civil")[0]
        seconds = []
        for _ in range(rounds):
            trial = Trial(convention, owners)
            seconds.append(timed(partial(try_file, trial, file))[0])
            assert trial.impact.decided == written
        size = file.stat().st_size
    note = f"{written:,} decisions of the five stories in one log, {size / 1e9:.2f} GB"
    yield Figure(
        "convention simulate", "µs CPU a decision",
        tuple(one / written * 1e6 for one in seconds), note,
    )  # fmt: skip
    whole = tuple(one / written * 1e6 / 60 for one in seconds)
    how = "as measured" if written >= 1_000_000 else "if it goes on so"
    yield Figure("  a million decisions, one core", "minutes CPU", whole, how)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("  most memory of the process", "MB", (peak,), "the writing of the log included")


def write(file: Path, decisions: int) -> int:
    """Write a log of at least so many decisions; how many there are."""
    world = World()
    assert play_all(world, Teller(lambda _line: None))
    found = {place: _told(world, *place) for place in world.routers}
    count = sum(map(len, found.values()))
    copies = -(-decisions // count)
    random = kit.Seeded("trial")
    names = [_names(world, random) for _ in range(copies)]
    with logfile.writing(file, 2 * copies * count) as out:
        for realm in REALMS:
            for order in world.topics[topics.control(realm), 0]:
                out(order)
            for number in range(topics.PARTITIONS):
                for at, renamed in enumerate(names):
                    for row in found[realm, number]:
                        for record in _copied(realm, number, row, renamed, at):
                            out(record)
    return copies * count


def _told(world: World, realm: str, number: int) -> list[Told]:
    evidence, found = world.evidence(realm, number), []
    for record in world.topics[topics.decisions(realm), number]:
        proof = orjson.loads(evidence[(record.key or b"").decode()])
        if "decision" in proof:
            claims = _unpacked(proof.pop("cover"))
            found.append(Told(record.value or b"", claims, orjson.dumps(proof)))
    return found


def _unpacked(token: str) -> bytes:
    part = token.split(".")[1]
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _names(world: World, random: kit.Seeded) -> Mapping[bytes, bytes]:
    """Another name for every event and every case of the log."""
    found: dict[bytes, bytes] = {}
    for place in world.routers:
        for row in _told(world, *place):
            claims = orjson.loads(row.cover)
            found.setdefault(claims["sub"].encode(), b64u(random(32)).encode())
            jti = event_id(claims["iat"] * 1000, random(10))
            found.setdefault(claims["jti"].encode(), jti.encode())
    return found


def _copied(
    realm: str, number: int, row: Told, names: Mapping[bytes, bytes], at: int
) -> Iterator[Inbound]:
    """The record and its evidence under other names."""
    cover, evidence = _renamed(row.cover, names), _renamed(row.evidence, names)
    token = f"e30.{b64u(cover)}.AA".encode()
    whole = evidence[:-1] + b',"cover":"' + token + b'"}'
    key = b64u(f"{at} ".encode() + row.record[-24:]).encode()
    yield Inbound(topics.decisions(realm), number, 0, key, row.record, (), 0)
    yield Inbound(topics.evidence(realm), number, 0, key, whole, (), 0)


def _renamed(text: bytes, names: Mapping[bytes, bytes]) -> bytes:
    for old, new in names.items():
        if old in text:
            text = text.replace(old, new)
    return text
