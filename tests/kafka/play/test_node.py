"""The local node: it leaves no process behind, and ends nobody else's."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.platform.process.exit_codes import UnreachableError
from services.play.kafka import brokers, ports, process
from services.play.kafka.brokers import start, status, stop
from tests.patience import PATIENCE

PLAYING = """
import sys
from pathlib import Path
from services.play.kafka.brokers import start
print(start(Path(sys.argv[1])).node(1).pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.kafka
@pytest.mark.nightly
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child for its parent")
def test_a_broker_ends_with_who_runs_it(tmp_path: Path) -> None:
    """Killed by -9, its starter can stop nothing any more."""
    command, pipe = [sys.executable, "-c", PLAYING, str(tmp_path)], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as starter:
        assert starter.stdout is not None
        broker = os.pidfd_open(int(starter.stdout.readline()))
        starter.kill()
        ended = select.select([broker], [], [], PATIENCE)[0]
        if not ended:
            signal.pidfd_send_signal(broker, signal.SIGKILL)
        os.close(broker)

    assert ended == [broker]


def test_a_broker_that_dies_at_start_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end ends the wait, not the whole limit."""
    monkeypatch.setattr(process, "format_data", lambda *_: None)
    monkeypatch.setattr(process, "_command", lambda *_: ["false"])

    with pytest.raises(UnreachableError, match="kafka_did_not_start"):
        start(tmp_path)

    assert not status(tmp_path).running


def test_another_process_with_the_same_number_is_never_stopped(tmp_path: Path) -> None:
    """A process id left over from a crash may belong to somebody else by now: to us, here."""
    ports = '"port": 9, "broker_port": 10, "controller_port": 11'
    (tmp_path / "cluster.json").write_text(
        f'{{"cluster_id": "x", "tls": null, "nodes": {{"1": {{{ports}}}}}}}'
    )
    (tmp_path / "node-1").mkdir()
    (tmp_path / "node-1" / "pid").write_text(str(os.getpid()))

    assert stop(tmp_path) is False


def test_a_node_that_does_not_start_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its port may be taken, its disk gone: the two that run are what is left."""
    alive, ended = {11, 12}, list[int]()
    monkeypatch.setattr(process, "is_ours", lambda pid, _folder: pid in alive)
    monkeypatch.setattr(process, "format_data", lambda *_: None)
    monkeypatch.setattr(process, "spawn", lambda *_, **__: 13)
    monkeypatch.setattr(process, "end", lambda pid, *_: ended.append(pid))
    monkeypatch.setattr(brokers, "brokers_known", lambda *_: 2)
    monkeypatch.setattr(ports, "free", lambda _port: False)
    row = dict.fromkeys(brokers.PORTS, 1)
    saved = {"cluster_id": "c", "tls": None, "nodes": dict.fromkeys(("1", "2", "3"), row)}
    (tmp_path / "cluster.json").write_text(json.dumps(saved))
    for number in (1, 2):
        (tmp_path / f"node-{number}").mkdir()
        (tmp_path / f"node-{number}" / "pid").write_text(str(10 + number))
    monkeypatch.setattr(brokers, "START_S", -1)

    with pytest.raises(UnreachableError, match="kafka_did_not_start"):
        start(tmp_path, nodes=3)

    assert not {11, 12} & {*ended}
