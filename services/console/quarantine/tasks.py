"""Tasks that were prepared here: a file each in a private folder, until they are dropped.

A task is a proposal: the owners order it elsewhere, with their keys, and whoever was given its file may do so until its
day, whether it was dropped here or not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.encoding import json_object
from services.console.quarantine.told import KeptRow
from services.operate.quarantine_task import QuarantineTask, parse_task
from services.platform.process.durable_file import write_durably

MOST_TASKS: Final = 50
DAY_S: Final = 86_400
AGES: Final = (DAY_S, 7 * DAY_S, 30 * DAY_S)
NAME: Final = re.compile(r"(?:release|discard)-(?:civil|criminal)-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class PreparedTask:
    """A task, and what it is about as it was when it was prepared.

    Attributes:
        by: account that prepared it.
        ages: how many were younger than a day, a week, thirty days, and older.
        to: desk -> how many name it; empty: nobody knows to whom.
        left_out: why a release would be in vain -> how many are not in the task for it.
        beyond: how many more there were than a task may have.
    """

    task: QuarantineTask
    by: str
    ages: tuple[int, ...]
    to: Mapping[str, int]
    left_out: Mapping[str, int]
    beyond: int

    @property
    def name(self) -> str:
        """Of its page and of its file."""
        return f"{self.task.kind}-{self.task.realm}-{self.task.digest[:12]}"


def described(
    task: QuarantineTask, rows: Iterable[KeptRow], left_out: Mapping[str, int], beyond: int, by: str
) -> PreparedTask:
    """A task with its preview.

    Args:
        rows: what it names.
    """
    ages, to = [0] * (len(AGES) + 1), Counter[str]()
    for row in rows:
        ages[sum(task.made - row.first >= bound for bound in AGES)] += 1
        to.update(set(row.to) or {""})
    return PreparedTask(task, by, tuple(ages), dict(to), dict(left_out), beyond)


class PreparedTasks:
    """All of them, the newest first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, prepared: PreparedTask) -> None:
        """Keep one; the oldest goes where there are too many.

        Raises:
            OSError: it cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        said: dict[str, Any] = {
            "task": prepared.task.text().decode(), "by": prepared.by, "ages": prepared.ages,
            "to": dict(prepared.to), "left_out": dict(prepared.left_out), "beyond": prepared.beyond,
        }  # fmt: skip
        write_durably(self._folder / f"{prepared.name}.json", orjson.dumps(said))
        for file in self._files()[MOST_TASKS:]:
            file.unlink(missing_ok=True)

    def get(self, name: str) -> PreparedTask | None:
        """One by its name."""
        return _read(self._folder / f"{name}.json") if NAME.fullmatch(name) else None

    def drop(self, name: str) -> bool:
        """Forget one; whether there was one."""
        if self.get(name) is None:
            return False
        (self._folder / f"{name}.json").unlink(missing_ok=True)
        return True

    def all(self) -> list[PreparedTask]:
        """Every one, the newest first."""
        return [task for file in self._files() if (task := _read(file)) is not None]

    def _files(self) -> list[Path]:
        files = [file for file in self._folder.glob("*.json") if NAME.fullmatch(file.stem)]
        return sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)


def _read(file: Path) -> PreparedTask | None:
    try:
        said = json_object(file.read_bytes())
        task = parse_task(str(said["task"]).encode())
        if task is None:
            return None
        return PreparedTask(
            task, str(said["by"]), tuple(said["ages"]), said["to"], said["left_out"], said["beyond"]
        )
    except (OSError, KeyError, TypeError):
        return None
