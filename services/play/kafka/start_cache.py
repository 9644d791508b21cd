"""What Java keeps of one start of Kafka, so that every later start takes less than half the work.

Java writes the classes that a run has loaded and linked to a file (JEP 483, 514); later runs with the
same Java and jars map it. It lies beside the jars, under a name made of both. Nothing needs it:
without it, or with a file that Java cannot use, Kafka starts as it always did.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from services.play.kafka import brokers, fetch, process

END_S: Final = 120  # Java writes the file when Kafka ends: some seconds of both cores


def is_kept() -> bool:
    """Whether an earlier start was kept for this Java and these jars."""
    return process.kept_start().exists()


def keep_one_start() -> None:
    """Start and end one Kafka whose classes are kept; nothing to do if that was done before.

    Raises:
        UsageError, UnreachableError: what `fetch_jars` and `java` raise; Kafka does not start or end.
    """
    kept = process.kept_start()
    kept.parent.mkdir(parents=True, exist_ok=True)
    with fetch.alone(kept.parent):
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
                made = Path(folder) / kept.name
                try:
                    brokers.start(Path(folder), java=[f"-XX:AOTCacheOutput={made}"])
                finally:
                    brokers.stop(Path(folder), END_S)
                made.rename(kept)
