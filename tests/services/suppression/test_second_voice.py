"""τ-ARGUS judges what was hidden: the tool of Europe's statistical offices, on 200 random tables (statistics §2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest
from pytauargus import protect as tau_argus
from pytauargus._tauargus import audit_jj

from services.suppression import ALL, Axis, ProtectedTable, protect
from tests.services.suppression.random_counts import labels, population

ROWS, COLUMNS = 3, 4
AXES = (Axis("row", labels("r", ROWS)), Axis("column", labels("c", COLUMNS)))
TABLE = {"t": ("row", "column")}


def counts(told: ProtectedTable, seed: int, cases: int) -> Counter[tuple[str, ...]]:
    """The true counts of a told table's cells."""
    truth: Counter[tuple[str, ...]] = Counter()
    for unit in population(seed, AXES, TABLE, cases=cases).units:
        truth.update(product(*((unit.at[name], ALL) for name in told.axes)))
    return truth


def as_jj(told: ProtectedTable, truth: Mapping[tuple[str, ...], int]) -> str:
    """The table in the form that τ-ARGUS's auditor takes: cells with their status, and the sums that tie them."""
    number = {at: n for n, at in enumerate(told.cells)}
    lines = ["0", str(len(number))]
    for at, n in number.items():
        status = "s" if told.cells[at] is not None else "u"
        lines.append(f"{n} {truth[at]} {truth[at] + 1} {status} 0 100000 0 0 0")
    sums = []
    for axis, other in ((0, 1), (1, 0)):
        for label in (*AXES[other].labels, ALL):
            of = [(part, label) if axis == 0 else (label, part) for part in AXES[axis].labels]
            total = (ALL, label) if axis == 0 else (label, ALL)
            terms = " ".join(f"{number[at]} (1)" for at in of)
            sums.append(f"0 {len(of) + 1} : {number[total]} (-1) {terms} ")
    return "\n".join([*lines, str(len(sums)), *sums]) + "\n"


def test_tau_argus_finds_no_narrow_cell_in_two_hundred_tables(tmp_path: Path) -> None:
    """Of each hidden cell it computes the interval: at least ten wide, and 30 % of the count."""
    judged, file = 0, tmp_path / "told.JJ"
    for seed in range(200):
        told = protect([population(seed, AXES, TABLE, cases=20 + 2 * seed)])["t"]
        truth = counts(told, seed, 20 + 2 * seed)
        file.write_text(as_jj(told, truth))
        for cell in audit_jj(str(file)):
            judged += 1
            assert cell["max"] - cell["min"] >= max(10, 0.3 * cell["value"]), (seed, cell)
            assert truth[tuple(told.cells)[cell["cell"]]] == cell["value"]

    assert judged > 1000


def test_no_cell_that_tau_argus_calls_unsafe_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its own rule of ten, over its own table of the same cases."""
    monkeypatch.chdir(tmp_path)  # its solver leaves a file where it runs
    unsafe = 0
    for seed in range(10):
        counted = population(seed, AXES, TABLE, cases=150)
        told = protect([counted])["t"]
        rows = [{**unit.at, "cases": 1} for unit in counted.units]
        result = tau_argus(
            rows, ["row", "column"], response="cases", safety_rules="FREQ(10,30)",
            suppress="OPT(1)", workdir=str(tmp_path / str(seed)),
        )  # fmt: skip
        for row in result.tables[0].rows:
            at = tuple(ALL if row[name] == "Total" else str(row[name]) for name in told.axes)
            if row["status"] == "U":
                unsafe += 1
                assert told.count(*at) is None

    assert unsafe > 20


def test_the_second_voice_hears_a_lone_hidden_cell(tmp_path: Path) -> None:
    """The auditor itself is able to find something."""
    truth: dict[tuple[str, ...], int] = dict.fromkeys(
        product((*AXES[0].labels, ALL), (*AXES[1].labels, ALL)), 20
    )
    for label in AXES[0].labels:
        truth[label, ALL] = 20 * COLUMNS
    for label in AXES[1].labels:
        truth[ALL, label] = 20 * ROWS
    truth[ALL, ALL] = 20 * ROWS * COLUMNS
    cells: dict[tuple[str, ...], int | None] = {
        at: None if at == ("r-0", "c-0") else count for at, count in truth.items()
    }
    file = tmp_path / "told.JJ"
    file.write_text(as_jj(ProtectedTable("p", "t", ("row", "column"), ({}, {}), cells), truth))

    assert [(cell["min"], cell["max"]) for cell in audit_jj(str(file))] == [(20.0, 20.0)]
