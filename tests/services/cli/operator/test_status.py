"""`relais status`: it answers whatever is down; its exit code says if anything is wrong."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import orjson
import pytest

from services.operate.gauge import DRIFT_FILE, write_gauge
from services.operate.home.folder import HomeFolder
from services.platform.patience import VARIABLE
from tests.services.platform.process.test_side_by_side import never_starve, starve
from tests.shell import invoke


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0.1")


def asked_of_the_deaf(home: Path) -> tuple[int, str]:
    """`relais status` where three services and the broker never answer: exit code, words."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        names = ("police", "justice", "routing-civil-0")
        groups = [{"targets": [address], "labels": {"instance": name}} for name in names]
        (home / "targets.json").write_bytes(orjson.dumps(groups))
        words = ["status", "--home", str(home), "--targets", str(home / "targets.json")]
        done = invoke(*words, "--kafka", address)
    return done.exit_code, done.stdout.replace("\xa0", " ")


def test_who_never_answers_is_called_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the limit within which there was no answer."""
    never_starve(monkeypatch)

    code, said = asked_of_the_deaf(tmp_path)

    assert code == 1
    dead = re.findall(r"CRITICAL  (\S+) does not answer", said)
    assert dead == ["justice", "police", "routing-civil-0"]
    assert said.count("no answer within 0.1 s") == 3
    assert said.count("The last line of its log is `ended`") == 1


def test_a_starved_status_calls_nobody_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told to start anything because this process had no turn to hear the answers."""
    starve(monkeypatch)

    code, said = asked_of_the_deaf(tmp_path)

    assert code == 1
    assert "too little processor time to hear: justice, police, routing-civil-0, kafka." in said
    assert not re.search(
        "does not answer|start it|start the one|have no router|Nothing needs", said
    )


def test_with_a_damaged_list_of_addresses_it_tells_what_it_can(tmp_path: Path) -> None:
    """A disk that was full left half a file: brokers are looked at all the same."""
    HomeFolder(tmp_path).addresses_file.write_bytes(b'{"kafka": ')
    words = ["status", "--home", str(tmp_path), "--kafka", "127.0.0.1:1", "--format", "json"]

    done = invoke(*words)

    alerts = {(row["alert"], row["of"]) for row in orjson.loads(done.stdout)["alerts"]}
    assert (done.exit_code, ("RelaisBrokerAway", "127.0.0.1:1") in alerts) == (1, True)


def test_after_ctrl_c_it_says_in_one_line_that_nothing_runs(tmp_path: Path) -> None:
    """Not a dozen alarms, each with its own advice, nor what brokers had before."""
    folder = HomeFolder(tmp_path)
    folder.note_addresses({"kafka": "127.0.0.1:1", "police": "http://127.0.0.1:1"})
    write_gauge(tmp_path / DRIFT_FILE, {"topic_missing": 0}, 1_800_000_000)

    done = invoke("status", "--home", tmp_path)

    assert done.exit_code == 1
    assert done.stdout == "Nothing runs here. `relais up` starts it all.\n"
