"""A bundle without a partition, or said to be too early, by who has the exporter's key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from services.audit.bundle.manifest import MANIFEST
from tests.services.audit.bundle.memory_log import small_world
from tests.services.audit.bundle.test_heads import heads_of, made, published_by
from tests.services.audit.bundle.test_hostile_bundles import (
    Files,
    files_of,
    listed,
    signed,
    sound,
    written,
)
from tests.services.cli.auditor.test_evidence import home, run
from tests.world import BEGIN

__all__ = ["home"]  # a fixture
NUMBER = 3
KINDS = ("decisions", "evidence")


def without(files: Files, *numbers: int, emptied: bool = False) -> Files:
    """A bundle whose exporter cut partitions away, or emptied their rows, and signed anew."""
    places = {f"civil/{kind}/{number:02}" for kind in KINDS for number in numbers}
    manifest, rows = orjson.loads(files[MANIFEST]), []
    for row in manifest["places"]:
        if f"{row['realm']}/{row['kind']}/{row['partition']:02}" not in places:
            rows.append(row)
        elif emptied:
            row.pop("last", None)
            rows.append(row | {"records": 0, "first": 0, "end": 0})
    heads = {f"heads/civil-{number:02}" for number in numbers}
    kept = {
        name: data
        for name, data in files.items()
        if name.rpartition("/")[0] not in places and name.partition(".")[0] not in heads
    }
    return listed(signed(kept, manifest | {"places": rows}))


LIES: dict[str, Callable[[Files], Files]] = {
    "cut away": lambda files: without(files, NUMBER),
    "emptied": lambda files: without(files, NUMBER, emptied=True),
    "all cut away": lambda files: without(files, *range(6)),
    "all emptied": lambda files: without(files, *range(6), emptied=True),
}


def missing(found: dict[str, object]) -> Iterator[tuple[int, str]]:
    """Partition and words of each that a verdict says is missing."""
    for row in found["findings"]:  # type: ignore[attr-defined]
        if row["code"] == "partition_missing" and row["alarm"]:
            yield row["partition"], row["detail"]


@pytest.mark.parametrize("lie", LIES)
def test_a_bundle_without_a_partition_of_the_layout_is_told_by_the_command(
    lie: str, home: Path
) -> None:
    """The auditor takes out a partition's records, evidence and rows, and signs again."""
    out, owners = written(home / "evidence.zip", LIES[lie](sound())), home / "owners.json"

    told = run("verify", out, "--owners", owners, "--format", "json")
    page = run("verify", out, "--owners", owners)

    numbers = list(range(6)) if lie.startswith("all") else [NUMBER]
    assert (told.exit_code, page.exit_code) == (1, 1)
    assert [number for number, _what in missing(orjson.loads(told.stdout))] == numbers
    assert "partition_missing" in page.stdout


def test_a_checkpoint_that_is_left_out_beside_others_is_missing(home: Path) -> None:
    """The auditor keeps the records of a partition and drops what shows that they are all."""
    published_by(small_world(), home)
    files = files_of(made(home, heads_of(home, "police", "justice")))
    dropped = listed({name: data for name, data in files.items() if "civil-03" not in name})
    out, owners = written(home / "evidence.zip", dropped), home / "owners.json"

    told = run("verify", out, "--owners", owners, "--format", "json")

    assert told.exit_code == 1
    assert list(missing(orjson.loads(told.stdout))) == [(NUMBER, "no checkpoint")]


def test_a_bundle_that_says_to_be_earlier_than_its_records_is_refused(home: Path) -> None:
    """The auditor moves `asked_at` before the last record, so that no silence is due."""
    manifest = orjson.loads(sound()[MANIFEST])
    lasts = [
        row[-1].value for (topic, _at), row in small_world().topics.items() if "decisions" in topic
    ]
    last = max(orjson.loads(value or b"")["at"] for value in lasts)
    owners = home / "owners.json"

    for instant, code in ((last, 0), (last - 1, 2), (BEGIN, 2)):
        files = signed(sound(), manifest | {"asked_at": instant})
        told = run("verify", written(home / "evidence.zip", listed(files)), "--owners", owners)
        assert (told.exit_code, "an `asked_at` before records" in told.stderr) == (code, code == 2)
