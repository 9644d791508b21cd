"""`relais up` and `relais kafka` without a broker: what they say and what they refuse."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from typer.testing import Result

from contracts.errors import UsageError
from services.cli.play import progress
from services.operate.home.folder import HomeFolder
from services.operate.home.home import Home
from services.operate.home.lock import alone
from services.platform.process.exit_codes import GOOD
from services.play.kafka import brokers
from services.play.run.plan import Plan, chosen
from tests.kafka_like import cluster_of
from tests.services.platform.process.test_logs import stream
from tests.shell import invoke, lines_of

__all__ = ["stream"]  # a fixture: logging is put back afterwards


def last_had(home: Path, shards: int) -> None:
    """So many routers of the civil realm listened."""
    names = ("kafka", "routing-criminal-0", *(f"routing-civil-{at}" for at in range(shards)))
    HomeFolder(home).note_addresses(dict.fromkeys(names, "here"))


def test_a_second_up_is_told_before_any_fetch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a fresh machine that is 49 seconds earlier."""
    monkeypatch.setattr(progress, "fetch", lambda: pytest.fail("it was fetched"))

    with alone(tmp_path):
        second = invoke("up", "--home", tmp_path)

    assert (second.exit_code, "already_running" in second.stderr) == (2, True)


def test_a_cluster_with_tls_goes_on_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to say it again."""
    monkeypatch.setattr(brokers, "status", lambda _: cluster_of(1, 2, 3, tls=tmp_path / "tls"))
    last_had(tmp_path, 2)

    assert chosen(tmp_path) == Plan(2, nodes=3, tls=True)
    assert chosen(tmp_path, shards=3) == Plan(3, nodes=3, tls=True)


@pytest.mark.parametrize("command", [["up"], ["kafka", "up"]])
def test_another_kafka_than_the_homes_is_refused_with_what_to_do(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is fetched or written."""
    monkeypatch.setattr(brokers, "status", lambda _: cluster_of(1))

    done = invoke(*command, "--nodes", "3", "--tls", "--home", tmp_path)

    assert done.exit_code == 2
    assert "home_has_other_kafka" in done.stderr
    assert "for another Kafka, another --home" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("pids", [(), (11, 12, 13)])
def test_a_cluster_takes_tls_at_its_next_start_and_not_while_it_runs(
    pids: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would reach it, and it would be stopped."""
    cluster = cluster_of(1, 2, 3, pids=pids, tls=tmp_path / "tls")
    monkeypatch.setattr(brokers, "status", lambda _: cluster)

    if pids:
        with pytest.raises(UsageError, match="home_has_other_kafka"):
            chosen(tmp_path, tls=False)
    else:
        assert chosen(tmp_path, tls=False) == Plan(nodes=3)


def test_what_is_asked_for_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second `up` goes on with its shards and partitions; what is refused changes neither."""
    monkeypatch.setattr(progress, "fetch", lambda: None)
    monkeypatch.setattr(progress, "log_to", lambda _: None)
    monkeypatch.setattr(progress, "run", lambda _: None)

    def up(*words: str) -> Result:
        return invoke("up", *words, "--home", tmp_path)

    first = up("--partitions", "24", "--shards", "8")
    last_had(tmp_path, 8)
    (tmp_path / "owners.json").touch()  # keys are made
    second, other, many = up(), up("--partitions", "48"), up("--shards", "25")

    assert [one.exit_code for one in (first, second, other, many)] == [0, 0, 2, 2]
    assert "got 48, expected 24, as when this home was made" in other.stderr
    assert "got 25, expected at most 24" in many.stderr
    assert chosen(tmp_path) == Plan(shards=8)
    assert Home(tmp_path).partitions == 24


@pytest.mark.usefixtures("stream")
def test_what_up_says_of_a_process_stands_in_its_log_for_its_owner_alone(tmp_path: Path) -> None:
    """Who was killed or hangs writes nothing; another terminal finds here what befell it."""
    file = tmp_path / "logs" / "up.log"

    progress.log_to(file)
    progress.teller()("police", "ended with signal 9; starts again in 1 s")
    logging.getLogger().handlers[0].stream.close()  # type: ignore[attr-defined]

    (line,) = lines_of(file.read_text())
    assert (line["of"], line["event"]) == ("police", "ended with signal 9; starts again in 1 s")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("pids", "said"), [((), "nothing ran\n"), ((11, 12), "stopped 2 node(s)\n")]
)
def test_down_says_what_it_stopped(
    pids: tuple[int, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what is so afterwards, which is always the same."""
    monkeypatch.setattr(brokers, "status", lambda _: cluster_of(*range(len(pids)), pids=pids))
    monkeypatch.setattr(brokers, "stop", lambda _: bool(pids))

    done = invoke("kafka", "down", "--home", tmp_path / "home")

    assert (done.exit_code, done.stdout) == (GOOD, said)
    assert not (tmp_path / "home").exists()
