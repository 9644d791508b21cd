"""Who had which data, told by `relais audit who`; and who read the log, by a line before each."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from typing import Any

import orjson
import pytest

from contracts.encoding import b64u, sha256
from contracts.errors import UsageError
from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from services.audit.accesses import Accesses
from services.audit.lives import effects_of
from services.audit.readings import count_readings, readings_file, write_reading
from services.platform.process.exit_codes import UNREACHABLE, WRONG_USE
from services.platform.process.paris_time import when
from tests.flows.acts import CASE, raw, ref
from tests.services.audit.bundle.kit import small_world
from tests.services.cli.auditor.test_evidence import home, run
from tests.shell import invoke, lines_of
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
    nobodys = who(home, "A" * 43)

    rows = lines_of(told.stdout)
    assert told.exit_code == 0, told.output
    assert of_event == [row for row in rows if row["event"] == event]  # and no other of its case
    assert [(row["event"], row["desk"]) for row in rows] == expected
    assert rows[0].keys() == {
        "event", "type", "issuer", "desk", "at", "clause", "scopes", "withdrawn",
    }  # fmt: skip
    assert rows[0]["clause"] in table.stdout
    assert max(map(len, table.stdout.splitlines())) <= 100
    assert (nobodys.exit_code, nobodys.stdout) == (0, "")
    assert "the log names no such event or case" in nobodys.stderr
    assert when(rows[0]["at"], "en") in table.stdout
    said = (home / "audit" / "readings.jsonl").read_text().splitlines()[0]
    assert '"purpose":"complaint"' in said
    assert b64u(sha256(case.encode())) in said
    assert case not in said


@pytest.mark.parametrize("wanted", ["", "2026-114", "A" * 42])
def test_what_can_be_no_name_is_no_answer(home: Path, wanted: str) -> None:
    """A variable left empty, a file number or half a token: never "nobody had it"."""
    told = who(home, wanted)

    assert (told.exit_code, told.stdout) == (WRONG_USE, "")
    assert "event_unknown" in told.stderr
    assert not readings_file(home).exists()


def test_of_what_was_refused_no_desk_was_delivered_anything() -> None:
    """The log names it all the same."""
    world = World(partitions=1)
    event = raw(world, "edu-s", "IP", ("pol", "assess", "FACTS"))
    accesses = Accesses(event)

    for record in world.topics[topics.decisions("civil"), 0]:
        leaf = (record.key or b"").decode()
        beside = world.evidence("civil", 0)[leaf]
        accesses.take(record, beside, world.registries["civil"])

    assert (accesses.rows, accesses.known) == ([], True)


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


EVENT = "01990000-0000-7000-8000-000000000000"
SHIPPED = Path("contracts/conventions/seine-saint-denis-2026-1.yaml")
NOWHERE = ("--kafka", "127.0.0.1:9")


def test_each_reading_leaves_a_line_with_who_and_why(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the system's account, whatever name the environment gives; the owner's file alone."""
    monkeypatch.setenv("USER", "somebody")
    monkeypatch.setenv("LOGNAME", "somebody")
    assert count_readings(home) == 0

    replayed = run("replay", "--home", home, "--realm", "civil", "--purpose", "data_subject")
    out = home / "evidence.zip"
    exported = run("export", "--home", home, "--out", out, "--realm", "civil")

    first, second = lines_of(readings_file(home).read_text())
    assert (replayed.exit_code, exported.exit_code) == (0, 0)
    assert first.pop("at") > 0
    assert first == {
        "by": pwd.getpwuid(os.getuid()).pw_name, "command": "replay", "realms": ["civil"],
        "purpose": "data_subject", "about": None,
    }  # fmt: skip
    assert (second["command"], second["purpose"]) == ("export", "supervision")
    assert stat.S_IMODE(readings_file(home).stat().st_mode) == 0o600
    assert count_readings(home) == 2


def test_what_is_sought_is_written_by_its_hash(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an event that is proved; the line is there although Kafka never answered."""
    monkeypatch.undo()  # a real bus, that is nowhere
    done = run("prove", EVENT, "--out", home / "p", "--home", home, "--realm", "civil", *NOWHERE)

    (line,) = readings_file(home).read_bytes().splitlines()
    assert done.exit_code == UNREACHABLE
    assert EVENT.encode() not in line
    assert orjson.loads(line)["about"] == b64u(sha256(EVENT.encode()))


@pytest.mark.parametrize("words", ["replay", "export --out b.zip", f"prove {EVENT} --out p"])
def test_a_log_is_not_read_where_the_line_cannot_be_written(
    home: Path, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file stands where the folder would; nor through a link that leads elsewhere."""
    monkeypatch.chdir(home)
    (home / "audit").mkdir()
    readings_file(home).symlink_to(home / "elsewhere")

    done = run(*words.split(), "--home", home, "--realm", "civil", *NOWHERE)

    assert done.exit_code == WRONG_USE
    assert "reading_unwritable" in done.stderr
    assert "records" not in done.stdout
    assert not (home / "elsewhere").exists()


def test_a_trial_of_a_convention_on_the_log_is_a_reading_too(home: Path) -> None:
    """`relais report --what-if --recorded` reads every decision of both realms."""
    words = ("--what-if", SHIPPED, "--recorded", "--home", home)

    done = invoke("report", *words)

    (line,) = lines_of(readings_file(home).read_text())
    assert done.exit_code == 0, done.output
    assert (line["command"], line["realms"]) == ("report", ["civil", "criminal"])


def test_a_line_that_the_disk_takes_in_part_is_refused(tmp_path: Path) -> None:
    """Nothing is read then."""
    most, hard = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (20, hard))
    try:
        with pytest.raises(UsageError, match="reading_unwritable"):
            write_reading(tmp_path, 1, "replay", ["civil"], "court")
    finally:
        setrlimit(RLIMIT_FSIZE, (most, hard))
    assert readings_file(tmp_path).stat().st_size == 20
