"""`relais audit who`: which desks had which data of an event or a case, from the log itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from contracts.encoding import b64u, sha256
from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from services.audit.accesses import Accesses
from services.audit.lives.rows import effects_of
from tests.flows.acts import CASE, raw, ref
from tests.services.audit.bundle.memory_log import small_world
from tests.services.cli.auditor.test_evidence import home, run
from tests.shell import lines_of
from tests.world import World

__all__ = ["home"]


def delivered() -> list[tuple[dict[str, Any], str]]:
    """Each event of the small world with a desk that a clause delivered it to."""
    places = [place for place in small_world().topics if place[0] == topics.evidence("civil")]
    rows = (row for place in sorted(places) for row in small_world().topics[place])
    effects = (one for row in rows for one in effects_of(orjson.loads(row.value or b"")))
    events = [one for one in effects if one["k"] == "event"]
    return [(one, desk) for one in events for desk in one["desks"] if one["desks"][desk]["grant"]]


def who(home: Path, wanted: str, *more: str) -> Any:
    """The command, for the civil bus."""
    return run("who", wanted, "--home", home, "--realm", "civil", *more)


def test_an_auditor_is_told_which_desks_had_which_data_of_a_case(home: Path) -> None:
    """Every delivery by a clause, in order; the reading is recorded with its purpose."""
    case = delivered()[0][0]["sub"]
    expected = [(one["jti"], short(desk)) for one, desk in delivered() if one["sub"] == case]

    told = who(home, case, "--purpose", "complaint", "--format", "json")
    table = who(home, case)

    event = delivered()[0][0]["jti"]
    of_event = lines_of(who(home, event, "--format", "json").stdout)

    rows = lines_of(told.stdout)
    assert told.exit_code == 0, told.output
    assert of_event == [row for row in rows if row["event"] == event]  # and no other of its case
    assert [(row["event"], row["desk"]) for row in rows] == expected
    assert rows[0].keys() == {
        "event", "type", "issuer", "desk", "at", "clause", "scopes", "withdrawn",
    }  # fmt: skip
    assert table.stdout.count(rows[0]["clause"]) >= 1
    said = (home / "audit" / "readings.jsonl").read_text().splitlines()[0]
    assert '"purpose":"complaint"' in said
    assert b64u(sha256(case.encode())) in said
    assert case not in said


def test_what_its_issuer_took_back_is_marked() -> None:
    """It was delivered all the same: the row stays."""
    world = World(partitions=1)
    event = raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))
    whom = ("crip", "withdraw", "")
    raw(world, "edu-s", "WITHDRAW", whom, re=[ref("edu-s", event)], declared={})
    number, accesses = 0, Accesses(CASE)

    for record in world.topics[topics.decisions("civil"), number]:
        leaf = (record.key or b"").decode()
        beside = world.evidence("civil", number)[leaf]
        accesses.take(record, beside, world.registries["civil"])

    assert [(row["desk"], row["withdrawn"]) for row in accesses.rows] == [("crip", True)]


def test_of_what_nobody_was_delivered_it_says_so(home: Path) -> None:
    """No row; the log itself is found right."""
    told = who(home, "A" * 43)

    assert (told.exit_code, told.stdout) == (0, "")
    assert "no desk was delivered anything of it" in told.stderr
