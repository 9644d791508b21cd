"""Downloads: only what the lock names, broken ones taken anew, one process at a time."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from pathlib import Path
from unittest.mock import Mock

import pytest
import requests

from contracts.errors import UsageError
from services.platform.process.exit_codes import UnreachableError
from services.play.kafka import fetch
from services.play.kafka.fetch import Jar, fetch_jars
from services.play.kafka.ports import FIRST, choose

GOOD = b"the right bytes"
BROKEN = b"the right by"


class Repository:
    """A package repository in memory: answers one after the other, the last one again and again."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _jar: Jar, incoming: Path) -> Path:
        self.asked += 1
        data = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        time.sleep(0.05)
        incoming.mkdir(parents=True, exist_ok=True)
        path = incoming / "one-1.jar"
        path.write_bytes(data)
        return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a lock of one small jar."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    jar = Jar("org.example:one:1", len(GOOD), hashlib.sha256(GOOD).hexdigest())
    monkeypatch.setattr(fetch, "locked_jars", lambda: [jar])
    return tmp_path / "relais" / "jars"


def test_a_download_that_was_cut_short_is_taken_anew(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill in the middle of a download leaves a file whose hash is wrong."""
    repository = Repository(BROKEN, GOOD)
    monkeypatch.setattr(fetch, "_resolve", repository)

    (path,) = fetch_jars()

    assert path.read_bytes() == GOOD
    assert repository.asked == 2


def test_bytes_that_the_lock_does_not_name_are_never_used(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository that serves something else is refused, and nothing stays in the cache."""
    monkeypatch.setattr(fetch, "_resolve", Repository(b"a trojan horse"))

    with pytest.raises(UsageError, match=r"jar_hash_wrong: got org\.example:one:1"):
        fetch_jars()

    assert not list(cache.glob("*.jar"))


def test_two_processes_at_once_download_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make demo` in one clone and `make test` in another."""
    repository = Repository(GOOD)
    monkeypatch.setattr(fetch, "_resolve", repository)

    threads = [threading.Thread(target=fetch_jars) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert repository.asked == 1


def test_no_network_is_one_clear_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what could not be had, and exits with 3, whatever the client library raised."""
    away = requests.ConnectionError("secret-proxy.example:3128 refused")
    monkeypatch.setattr("jgo.util.http.request", Mock(side_effect=away))

    with pytest.raises(UnreachableError, match=r"package_repository_unreachable") as caught:
        fetch_jars()

    assert "secret-proxy" not in str(caught.value)
    assert "org.example:one:1" in str(caught.value)


def test_a_known_port_that_is_taken_is_replaced() -> None:
    """Somebody else came meanwhile: the service moves, the others stay."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]

        chosen = choose(["a", "b"], {"a": taken, "b": FIRST + 500})

    assert chosen["a"] != taken
    assert chosen["b"] == FIRST + 500
