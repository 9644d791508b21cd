"""Commands that are given no FILE: the convention in force, and which that was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contracts.convention.load import load
from contracts.convention.signing import verify_convention
from contracts.conventions import SECOND, SHIPPED, read, shipped
from contracts.encoding import digest
from contracts.log.orders.order import OrderKind, Owners
from contracts.log.orders.registry import Registry
from services.cli.app import create_app
from services.cli.committee import which_convention
from services.operate.home.home import Home
from services.platform.keys.signatures import read_signatures, signature_file
from services.platform.process.clock import set_to
from services.platform.process.exit_codes import UnreachableError
from services.play.kafka import brokers
from tests.contracts.convention.kit import changed
from tests.contracts.log.bus import order_values
from tests.kafka_like import cluster_of
from tests.shell import lines_of

NOW = 1_788_760_800
SECOND_STARTS = load(read(SECOND)).starts
PARTIES = load(shipped()).parties


def run(*words: str) -> Result:
    """One command line."""
    return CliRunner().invoke(create_app(), ["convention", *words])


def prepared(path: Path) -> Home:
    """A home with keys; its clock stands at an hour of the first version."""
    made = Home(path)
    made.path.mkdir(mode=0o700)
    (made.path / "convention.yaml").write_bytes(shipped())
    set_to(made.clock, NOW)
    made.prepare(NOW, 1)
    made.pin_parties(load(read(SECOND)).parties, NOW)
    return made


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose own file is the first version."""
    return prepared(tmp_path_factory.mktemp("town") / "home")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder that holds a convention and nothing else, the second version."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "convention.yaml").write_bytes(read(SECOND))
    return folder


def second_signed(home: Home, folder: Path) -> tuple[str, ...]:
    """The signatures of the second version by all parties of a home."""
    file = folder / "next.yaml"
    file.write_bytes(read(SECOND))
    for party in load(read(SECOND)).parties:
        run("sign", str(file), "--party", party, "--key", str(home.party_file(party)))
    return read_signatures(file)


def registry(home: Home, folder: Path) -> Registry:
    """Control on which both versions were adopted, each at its hour."""
    found = Registry("civil", home.owners)
    own = home.path / "convention.yaml"
    first = {"convention": own.read_text("utf-8"), "signatures": list(read_signatures(own))}
    signatures = list(second_signed(home, folder))
    second = {"convention": read(SECOND).decode(), "signatures": signatures}
    orders: list[tuple[OrderKind, dict[str, Any], str, int]] = [
        ("adopt_convention", first, "convention", NOW),
        ("adopt_directory", {"directory": home.directory_token("civil")}, "directory", NOW),
        ("adopt_convention", second, "convention", SECOND_STARTS),
    ]
    for kind, content, owner, start in orders:
        signers = [home.owner(owner)]
        values = order_values("civil", kind, content, last=found.last, start=start, signers=signers)
        assert found.extend(values) == [], found.why
    return found


@pytest.fixture
def running(town: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Registry], None]]:
    """Lets the town's Kafka run, and its control say what is given."""
    town.kafka.mkdir(exist_ok=True)
    monkeypatch.setattr(brokers, "status", lambda path: cluster_of(1, pids=(1,)))

    def answer(found: Registry) -> None:
        async def control(home: Path) -> Registry:
            assert home == town.path
            return found

        monkeypatch.setattr(which_convention, "_control", control)

    yield answer
    town.kafka.rmdir()


def moved(town: Home, at: int) -> None:
    """The town's clock at an instant, wherever an earlier test has moved it."""
    town.clock.unlink(missing_ok=True)
    set_to(town.clock, at)


def test_without_a_home_the_shipped_one_is_read_and_said_so(tmp_path: Path) -> None:
    """On standard error alone: standard output stays data."""
    own = ("--home", str(tmp_path / "none"))

    result = run("matrix", "--format", "json", *own)

    assert result.exit_code == 0
    assert result.stderr == "Convention: version 2026-1, shipped with Relais\n"
    assert len(lines_of(result.stdout)) == 91


def test_the_homes_own_file_is_read_where_no_kafka_runs(home: Path) -> None:
    """By each command that names no file; that the bus was not asked is said."""
    said = (
        f"Convention: version 2026-2, file of this folder ({home / 'convention.yaml'}); "
        "the bus was not asked\n"
    )
    attempt = ("--issuer", "EDU-H", "--event", "IP", "--recipient", "POL", "--format", "json")

    matrix, lint = (run(name, "--home", str(home)) for name in ("matrix", "lint"))
    explain = run("explain", *attempt, "--home", str(home))

    assert [one.stderr for one in (matrix, lint, explain)] == [said] * 3
    assert "R46" in matrix.stdout
    assert lint.stdout.splitlines()[-1] == f"version 2, digest {digest(read(SECOND))}"
    assert json.loads(explain.stdout)["convention"]["version"] == 2


def test_a_file_that_is_named_is_read_and_nothing_is_said(home: Path, tmp_path: Path) -> None:
    """Who names it knows which it is."""
    file = tmp_path / SHIPPED
    file.write_bytes(shipped())

    result = run("lint", str(file), "--home", str(home))

    assert result.stderr == ""
    assert result.stdout.splitlines()[-1].startswith("version 1, ")


def test_a_home_whose_file_does_not_load_is_told_of_that_file(home: Path) -> None:
    """It is no reason to take another."""
    (home / "convention.yaml").write_bytes(changed("    keep: P30", "    keeps: P30", "R01"))

    result = run("lint", "--home", str(home))

    assert result.exit_code == 1
    assert "file of this folder" in result.stderr
    assert "convention.yaml:" in result.stdout


def test_what_is_in_force_on_the_bus_wins(
    town: Home, tmp_path: Path, running: Callable[[Registry], None]
) -> None:
    """Though the home's file is the version it began with; lines are those at hand."""
    found = registry(town, tmp_path)
    running(found)
    moved(town, SECOND_STARTS)

    result = run("lint", "--home", str(town.path))

    second = digest(read(SECOND))
    assert result.stderr == f"Convention: version 2026-2, in force on the bus ({second[:8]}…)\n"
    assert f"note     {SECOND}:" in result.stdout
    assert result.stdout.splitlines()[-1] == f"version 2, digest {second}"


def test_the_page_of_what_is_in_force_is_no_draft(
    town: Home, tmp_path: Path, running: Callable[[Registry], None]
) -> None:
    """The bus said so; of the very same file by its name nobody did, nor of the home's own."""
    running(registry(town, tmp_path))
    moved(town, SECOND_STARTS)
    own, html = ("--home", str(town.path)), ("matrix", "--format", "html", "--lang", "en")

    of_bus, of_file = run(*html, *own), run(*html, str(tmp_path / "next.yaml"), *own)
    town.kafka.rmdir()
    of_home = run(*html, *own)
    town.kafka.mkdir()

    draft = "nothing here shows that this version is signed and adopted"
    assert "In force on the bus" in of_bus.stdout
    assert draft not in of_bus.stdout
    assert draft in of_file.stdout
    assert draft in of_home.stdout


def test_a_version_that_was_adopted_for_later_is_not_in_force_yet(
    town: Home, tmp_path: Path
) -> None:
    """The hour counts, and not who came last; the one before comes along, shipped or not."""
    found = registry(town, tmp_path)

    at = [which_convention.in_force(found, SECOND_STARTS + seconds) for seconds in (-1, 0)]

    versions = [(one.convention, one.before) for one in at]
    assert [[one and one.version for one in pair] for pair in versions] == [[1, None], [2, 1]]


def test_a_bus_that_has_adopted_nothing_or_cannot_be_reached_fails_no_command(
    town: Home, running: Callable[[Registry], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file stands in, and it is said, with the error's code."""

    async def away(home: Path) -> Registry:
        raise UnreachableError("kafka_unreachable")

    running(Registry("civil", Owners({}, {}, {})))
    empty = run("matrix", "--act", "R01", "--home", str(town.path))
    monkeypatch.setattr(which_convention, "_control", away)
    silent = run("matrix", "--act", "R01", "--home", str(town.path))

    assert (empty.exit_code, silent.exit_code) == (0, 0)
    assert "nothing is in force on the bus yet" in empty.stderr
    assert "the bus could not be read (kafka_unreachable)" in silent.stderr


def test_a_party_that_names_no_file_signs_what_is_in_force(
    town: Home, tmp_path: Path, running: Callable[[Registry], None]
) -> None:
    """And is told which version that is; the signature alone is on standard output."""
    running(registry(town, tmp_path))
    moved(town, SECOND_STARTS)
    key = ("--party", "police", "--key", str(town.party_file("police")))

    result = run("sign", *key, "--home", str(town.path))

    keys = town.owners.parties
    signed = verify_convention(load(read(SECOND)), [result.stdout.strip()], keys, at=0)
    assert signed.signed == ("police",)
    assert "version 2026-2, in force on the bus" in result.stderr


def test_one_file_alone_is_compared_with_the_convention_in_force(
    home: Path, tmp_path: Path
) -> None:
    """It is the new one; nowhere, with the one that Relais ships as the version before."""
    file = tmp_path / "next.yaml"
    file.write_bytes(read(SECOND))

    nowhere = run("diff", str(file), "--home", str(tmp_path / "none"), "--format", "json")
    same = run("diff", str(file), "--home", str(home))

    assert json.loads(nowhere.stdout)["predecessor"]
    assert (nowhere.exit_code, "version 2026-1, shipped with Relais" in nowhere.stderr) == (1, True)
    assert same.exit_code == 0


def test_sign_warns_of_a_key_that_the_home_does_not_pin(town: Home, tmp_path: Path) -> None:
    """Made anew under the old name: it signs, and would be refused where that home verifies."""
    file, own = tmp_path / "next.yaml", tmp_path / "police-1.json"
    file.write_bytes(read(SECOND))
    CliRunner().invoke(create_app(), ["keys", "new", "--party", "police", "--file", str(own)])
    words = ("sign", str(file), "--party", "police", "--home")

    pinned = run(*words, str(town.path), "--key", str(town.party_file("police")))
    homeless = run(*words, str(tmp_path / "none"), "--key", str(own))
    other = run(*words, str(town.path), "--key", str(own))

    assert (pinned.stderr, homeless.stderr) == ("", "")
    assert "does not pin this key for police" in other.stderr
    assert other.exit_code == 0
    assert other.stdout.strip() == str(signature_file(file, "police"))
