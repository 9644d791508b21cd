"""A task that the console prepared, ordered by the command: step by step, what is kept still, in its day alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from contracts.errors import UsageError
from services.cli.common.asked import OnBus
from services.cli.operator.quarantine_ruler import Ruler, Ruling
from services.operate.quarantine_task import LASTS_S, QuarantineTask, read_task

NOW: Final = 1_800_000_000
NAMED: Final = tuple(f"{n % 6}:{n:043}" for n in range(40))
TASK: Final = QuarantineTask("release", "civil", "expired", "test", NOW, NOW + LASTS_S, NAMED)


class Spied(Ruler):
    """Orders nothing: each order is noted, and carried out at once.

    Attributes:
        orders: how many decisions each named.
        states: leaf -> state.
    """

    def __init__(self, asked: OnBus, done: int) -> None:
        super().__init__(asked)
        self.orders: list[int] = []
        self.states = {
            named[2:]: "decided" if at < done else "kept" for at, named in enumerate(NAMED)
        }

    async def _entries(self) -> dict[str, dict[str, Any]]:
        return {
            leaf: {"decision": leaf, "state": state, "partition": int(leaf) % 6, "code": "expired"}
            for leaf, state in self.states.items()
        }

    async def _order(self, kind: Any, where: tuple[tuple[int, str], ...], how: Ruling) -> list[Any]:
        self.orders.append(len(where))
        self.states |= {leaf: "decided" for _, leaf in where}
        return [SimpleNamespace(n=len(self.orders))]


def test_a_task_is_ordered_sixteen_at_a_time_and_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is ruled on already is left out, and said."""
    ruler, how = (
        Spied(OnBus(home=tmp_path), done=5),
        Ruling("test", None, 1, False, tmp_path, "expired"),
    )

    orders, told = asyncio.run(ruler.rule("release", list(NAMED), how))

    assert ruler.orders == [16, 16, 3]
    assert len(orders) == 3
    assert {row["state"] for row in told} == {"decided"}
    assert "5 " in capsys.readouterr().err.splitlines()[0]


def test_where_all_is_ruled_on_nothing_is_ordered(tmp_path: Path) -> None:
    """The same command, once more."""
    ruler = Spied(OnBus(home=tmp_path), done=40)

    orders, told = asyncio.run(
        ruler.rule("release", list(NAMED), Ruling("test", None, 1, False, tmp_path, "expired"))
    )

    assert (orders, told, ruler.orders) == ([], [], [])


@pytest.mark.parametrize(
    ("change", "kind", "realm", "now", "code"),
    [
        ({}, "discard", "civil", NOW, "task_other"), ({}, "release", "criminal", NOW, "task_other"),
        ({}, "release", "civil", NOW + LASTS_S + 1, "task_over"),
        ({"reason": "because"}, "release", "civil", NOW, "task_malformed"),
        ({"decisions": ()}, "release", "civil", NOW, "task_malformed"),
        ({"decisions": (NAMED[0], NAMED[0])}, "release", "civil", NOW, "task_malformed"),
        ({"decisions": (NAMED[2], f"0{NAMED[2]}")}, "release", "civil", NOW, "task_malformed"),
        ({"decisions": (NAMED[2], f"٢{NAMED[2][1:]}")}, "release", "civil", NOW, "task_malformed"),
    ],
)  # fmt: skip
def test_a_file_of_another_command_bus_day_or_form_is_refused(
    change: dict[str, Any], kind: str, realm: str, now: int, code: str, tmp_path: Path
) -> None:
    """Before anything is ordered."""
    file = tmp_path / "task.json"
    file.write_bytes(replace(TASK, **change).text())

    with pytest.raises(UsageError) as refused:
        read_task(file, kind, realm, now)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("named", "code"), [(NAMED, "signature_wrong"), ((NAMED[0], f"4{NAMED[1][1:]}"), "expired")]
)
def test_a_task_that_says_another_code_or_partition_than_the_log_is_not_ordered(
    named: tuple[str, ...], code: str, tmp_path: Path
) -> None:
    """Owners order what they are told, whoever wrote the file."""
    ruler = Spied(OnBus(home=tmp_path), done=0)

    with pytest.raises(UsageError, match="task_differs"):
        asyncio.run(
            ruler.rule("release", list(named), Ruling("test", None, 1, False, tmp_path, code))
        )

    assert ruler.orders == []


def test_a_task_in_its_day_is_read_and_one_that_is_not_there_is_told(tmp_path: Path) -> None:
    """To its last second."""
    (tmp_path / "task.json").write_bytes(TASK.text())

    assert read_task(tmp_path / "task.json", "release", "civil", NOW + LASTS_S) == TASK
    with pytest.raises(UsageError, match="task_unreadable"):
        read_task(tmp_path / "none.json", "release", "civil", NOW)
