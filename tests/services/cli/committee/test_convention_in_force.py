"""Commands that are given no FILE: the convention in force, and which that was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, read, shipped
from contracts.encoding import digest
from contracts.log.orders.order import Owners
from contracts.log.orders.registry import Registry
from services.cli.committee import which_convention
from services.operate.home.first_orders import new_orders
from services.operate.home.home import Home
from services.platform.kafka.orders.new_orders import NewOrder, signed_values
from services.platform.keys.signatures import read_signatures
from services.platform.process.clock import set_to
from services.platform.process.exit_codes import UnreachableError
from services.play.kafka import brokers
from tests.contracts.convention.kit import changed
from tests.kafka_like import cluster_of
from tests.shell import invoke

run = partial(invoke, "convention")

NOW = 1_788_760_800
SECOND_STARTS = load(read(SECOND)).starts


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with keys, whose own file is the first version, at an hour of that."""
    made = Home(tmp_path_factory.mktemp("town") / "home")
    made.path.mkdir(mode=0o700)
    (made.path / "convention.yaml").write_bytes(shipped())
    set_to(made.clock, NOW)
    made.prepare(NOW, 1)
    made.pin_parties(load(read(SECOND)).parties, NOW)
    return made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder that holds a convention and nothing else, the second version."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "convention.yaml").write_bytes(read(SECOND))
    return folder


@pytest.fixture
def adopted(town: Home, tmp_path: Path) -> Registry:
    """Control on which both versions were adopted, each at its hour."""
    found, file = Registry("civil", town.owners), tmp_path / "next.yaml"
    for new in new_orders(town, found, shards=1):
        signed_values(found, new, NOW)
    file.write_bytes(read(SECOND))
    for party in load(read(SECOND)).parties:
        run("sign", str(file), "--party", party, "--key", str(town.party_file(party)))
    content = {"convention": file.read_text("utf-8"), "signatures": read_signatures(file)}
    second = NewOrder("adopt_convention", content, [town.owner("convention")])
    signed_values(found, second, SECOND_STARTS)
    return found


@pytest.fixture
def running(town: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[AsyncMock]:
    """What reads control of the town's Kafka, which runs."""
    town.kafka.mkdir(exist_ok=True)
    monkeypatch.setattr(brokers, "status", lambda path: cluster_of(1, pids=(1,)))
    control = AsyncMock()
    monkeypatch.setattr(which_convention, "_control", control)
    yield control
    town.kafka.rmdir()


def test_the_homes_own_file_is_read_where_no_kafka_runs(home: Path) -> None:
    """By each command that names no file; that the bus was not asked is said."""
    said = (
        f"Convention: version 2026-2, file of this folder ({home / 'convention.yaml'}); "
        "the bus was not asked\n"
    )
    attempt = ("--issuer", "EDU-H", "--event", "IP", "--recipient", "POL", "--format", "json")

    matrix, lint = (run(name, "--home", str(home)) for name in ("matrix", "lint"))
    explain = run("explain", *attempt, "--home", str(home))
    named = run("lint", str(home / "convention.yaml"), "--home", str(home))

    assert [one.stderr for one in (matrix, lint, explain)] == [said] * 3
    assert (named.stderr, named.stdout) == ("", lint.stdout)  # who names it knows which it is
    assert "R46" in matrix.stdout
    assert lint.stdout.splitlines()[-1] == f"version 2, digest {digest(read(SECOND))}"
    assert json.loads(explain.stdout)["convention"]["version"] == 2


def test_a_home_whose_file_does_not_load_is_told_of_that_file(home: Path) -> None:
    """It is no reason to take another."""
    (home / "convention.yaml").write_bytes(changed("    keep: P30", "    keeps: P30", "R01"))

    result = run("lint", "--home", str(home))

    assert result.exit_code == 1
    assert "convention.yaml:" in result.stdout


def test_what_is_in_force_on_the_bus_wins(
    town: Home, tmp_path: Path, adopted: Registry, running: AsyncMock
) -> None:
    """Over the home's file, for each command; its page is no draft, that of the same file is."""
    running.return_value = adopted
    set_to(town.clock, SECOND_STARTS)
    own, html = ("--home", str(town.path)), ("matrix", "--format", "html", "--lang", "en")

    lint, of_bus = run("lint", *own), run(*html, *own)
    of_file = run(*html, str(tmp_path / "next.yaml"), *own)
    running.assert_awaited_with(town.path)
    town.kafka.rmdir()
    of_home = run(*html, *own)
    town.kafka.mkdir()

    second = digest(read(SECOND))
    said = f"Convention: version 2026-2, in force on the bus ({second[:8]}…)\n"
    assert lint.stderr == said
    assert "note     bus:" in lint.stdout
    assert lint.stdout.splitlines()[-1] == f"version 2, digest {second}"
    draft = "nothing here shows that this version is signed and adopted"
    assert "In force on the bus" in of_bus.stdout
    assert [draft in one.stdout for one in (of_bus, of_file, of_home)] == [False, True, True]


def test_a_version_that_was_adopted_for_later_is_not_in_force_yet(adopted: Registry) -> None:
    """The hour counts, and not who came last."""
    at = [which_convention.in_force(adopted, SECOND_STARTS + seconds) for seconds in (-1, 0)]

    assert [one.version for one in at] == [1, 2]


def test_a_bus_that_has_adopted_nothing_or_cannot_be_reached_fails_no_command(
    town: Home, running: AsyncMock
) -> None:
    """The file stands in, and it is said, with the error's code."""
    running.return_value = Registry("civil", Owners({}, {}, {}))
    empty = run("matrix", "--home", str(town.path))
    running.side_effect = UnreachableError("kafka_unreachable")
    silent = run("matrix", "--home", str(town.path))

    assert (empty.exit_code, silent.exit_code) == (0, 0)
    assert "nothing is in force on the bus yet" in empty.stderr
    assert "the bus could not be read (kafka_unreachable)" in silent.stderr


def test_one_file_is_compared_with_the_convention_in_force(home: Path, tmp_path: Path) -> None:
    """It is the new one; nowhere, with the one that Relais ships as the version before."""
    file = tmp_path / "next.yaml"
    file.write_bytes(read(SECOND))

    nowhere = run("diff", str(file), "--home", str(tmp_path / "none"))
    same = run("diff", str(file), "--home", str(home))

    assert "does not name the other file" not in nowhere.stderr
    assert (nowhere.exit_code, "version 2026-1, shipped with Relais" in nowhere.stderr) == (1, True)
    assert same.exit_code == 0
