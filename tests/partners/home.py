"""What a partner has: the folder of `examples/README.md`, how each program starts."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import pytest

from services.platform.process.tether import tethered
from services.play.kafka.fetch import fetch_jars, java
from tests.patience import PATIENCE

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
SPECIFICATION: Final = EXAMPLES.parent / "docs" / "specification"
# What a partner in Java takes from Maven: of Kafka's own jars these, so that nothing else is
# fetched.
JARS: Final = (
    "kafka-clients",
    "jackson-core",
    "jackson-databind",
    "jackson-annotations",
    "slf4j-api",
    "lz4",
    "snappy",
    "zstd",
)


@lru_cache(maxsize=1)
def _java() -> list[str]:
    """The Java partner, compiled once a run; skips without a compiler, which the gate has."""
    javac = shutil.which("javac")
    if javac is None:
        tell = pytest.fail if "RELAIS_CI" in os.environ else pytest.skip
        tell("no javac: apt-get install openjdk-17-jdk-headless")
    jars = [str(path) for path in fetch_jars() if path.name.startswith(JARS)]
    classes, sources = mkdtemp(prefix="relais-partner-"), sorted((EXAMPLES / "java").glob("*.java"))
    atexit.register(shutil.rmtree, classes, ignore_errors=True)
    words = [
        javac,
        "--release",
        "17",
        "-d",
        classes,
        "-cp",
        os.pathsep.join(jars),
        *map(str, sources),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [
        str(java()), "-Xmx128m", "-XX:TieredStopAtLevel=1", f"-Dspecification={SPECIFICATION}",
        "-cp", os.pathsep.join([classes, *jars]), "Partner",
    ]  # fmt: skip


def command(language: str) -> list[str]:
    """The words that start a partner's program, without its arguments."""
    if language == "java":
        return _java()
    return [sys.executable, str(EXAMPLES / "python" / "partner.py")]


def start(language: str, home: Path) -> subprocess.Popen[str]:
    """A partner's program on Kafka: drafts go in, verdicts come out, a line each."""
    words = [*command(language), "run", "-", "--directory", str(home), "--open", str(home / "open")]
    return subprocess.Popen(
        tethered(words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def verdicts(
    language: str, home: Path, inboxes: Iterable[Sequence[Mapping[str, Any]]], *more: str
) -> list[dict[str, Any]]:
    """What a partner's program says of the records of inboxes, each read from its beginning."""
    paths = []
    for number, records in enumerate(inboxes):
        paths.append(home / f"inbox-{number}.jsonl")
        paths[-1].write_text("".join(json.dumps(one) + "\n" for one in records))
    words = [*command(language), "verify", *map(str, paths), "--directory", str(home), *more]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode in (0, 1), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
