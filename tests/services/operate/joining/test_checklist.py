"""What joining lacks, row by row: tested from the partner's own folder, or said to be somebody's to confirm."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.app import create_app
from services.cli.partner.checklist import checked
from services.operate.home.home import Home
from services.operate.joining import words
from services.operate.joining.checklist import directory_row, discovery_row

URN = "urn:relais:civil:desk:asso-2"

pytestmark = pytest.mark.slow


def relais(*said: object, code: int = 0) -> str:
    """A command, as it is typed; what it printed."""
    done = CliRunner().invoke(create_app(), [str(word) for word in said])
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Home]:
    """A partner that has taken the answer of a home with an authority, whose directory lists it; Kafka is nowhere."""
    folder = tmp_path_factory.mktemp("checklist")
    home, own, out = folder / "home", folder / "partner", folder / "answer.json"
    Home(home).prepare(int(time.time()), 4)
    relais("keys", "ca", "--home", home)
    relais("partner", "new", "asso-2", "--role", "ASSO", "--folder", own)
    brokers = ("--brokers", "127.0.0.1:9")
    relais("partner", "answer", own / "request.json", "--home", home, *brokers, "--out", out)
    relais("partner", "join", out, "--folder", own)
    relais("directory", "sign", "--home", home)
    return own, Home(home)


@pytest.fixture
def own(joined: tuple[Path, Home], tmp_path: Path) -> Path:
    """A copy of the partner's folder, to spoil."""
    return Path(shutil.copytree(joined[0], tmp_path / "own"))


def states(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, str]]:
    """Row -> state and code, without waiting for brokers that are not there."""
    monkeypatch.setattr("services.operate.joining.bus_rows.WAIT_S", 0.2)
    return {row.name: (row.state, row.code) for row in checked(folder)}


def test_a_new_partner_sees_what_is_his_and_whose_the_rest_is(tmp_path: Path) -> None:
    """Exit 1; JSON names each row; a folder that is none is wrong use."""
    relais("partner", "new", "asso-2", "--role", "ASSO", "--folder", tmp_path)
    asked = ("partner", "check", "--folder", tmp_path)

    rows = json.loads(relais(*asked, "--format", "json", code=1))["rows"]
    english = relais(*asked, code=1)

    assert [row["row"] for row in rows] == list(words.TITLES)
    assert {row["row"] for row in rows if row["state"] == "seen"} == {"settings", "request"}
    assert {row["row"] for row in rows if row["state"] == "ask"} == {"digests", "signatures"}
    assert "secretariat of the convention" in english
    relais("partner", "check", "--folder", tmp_path / "keys", code=2)


def test_what_lies_in_the_folder_is_tested_without_any_broker(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Request, answer and certificate are seen; what only brokers show is not, and says that they are away."""
    found = states(own, monkeypatch)

    assert all(found[name][0] == "seen" for name in ("request", "answer", "certificate", "name"))
    assert found["tls"] == ("cannot", "kafka_away")
    assert found["ping"] == ("not_yet", "kafka_away")


@pytest.mark.parametrize(
    ("lost", "row", "code"),
    [
        ("keys/asso-2-sig-1.json", "request", "key_missing"),
        ("keys/asso-2-p30-*.json", "request", "key_missing"),
        ("request.json", "request", "no_request"),
        ("routing.secret", "answer", "no_answer_yet"),
        ("client.key", "certificate", "other_certificate"),
    ],
)
def test_what_is_lost_is_named(
    own: Path, monkeypatch: pytest.MonkeyPatch, lost: str, row: str, code: str
) -> None:
    """A key, the request, the secret, the certificate's key; none of it is made anew by the way."""
    for path in own.glob(lost):
        path.unlink()

    assert states(own, monkeypatch)[row][1] == code
    assert not list(own.glob(lost))


@pytest.mark.parametrize("text", ["{", "[]", '{"sends": 3}'])
def test_a_broken_request_is_a_row_and_no_end_of_the_others(
    own: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Whatever stands in its file."""
    (own / "request.json").write_text(text)

    found = states(own, monkeypatch)

    assert found["request"] == ("cannot", "request_broken")
    assert found["certificate"] == ("seen", "")


def test_the_directory_lists_the_desk_and_others_see_it(
    joined: tuple[Path, Home], own: Path
) -> None:
    """By keys whose private halves are here; a stranger's desk is not there yet, nor is a lost key."""
    folder, home = joined
    directory, convention, at = home.directory("civil"), home.convention, int(time.time())

    row = directory_row(folder, URN, convention, directory, at)
    shown = discovery_row(URN, convention, directory)

    assert row.state == "seen"
    assert min(shown.facts["to"], shown.facts["by"]) > 0
    other = "urn:relais:civil:desk:asso-9"
    assert directory_row(folder, other, convention, directory, at).code == "not_in_directory"
    crip = directory_row(folder, "urn:relais:civil:desk:crip", convention, directory, at)
    assert crip.code == "signer_not_listed"
    assert directory_row(folder, URN, convention, directory, directory.expires).state == "cannot"
    for path in own.glob("keys/asso-2-p7-*.json"):
        path.unlink()
    assert directory_row(own, URN, convention, directory, at).code == "key_not_held"
