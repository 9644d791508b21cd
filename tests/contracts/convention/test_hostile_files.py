"""Hostile convention files: a clear error, in bounded time and memory."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.convention.file.yaml_nodes import MAX_BYTES, MAX_NODES
from contracts.convention.load import load
from contracts.conventions import SECOND, read
from contracts.errors import ConventionError
from tests.contracts.convention.kit import assert_told, refused, text
from tests.steps import counted, memory_below

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"

# bytes, code, line
HOSTILE = [
    (b"", "empty_file", 0),
    (b"# only a comment\n", "empty_file", 0),
    (b"- a\n", "not_a_mapping", 1),
    (b"just words\n", "not_a_mapping", 1),
    (b"id: a\nb\n", "not_yaml", 2),
    (b"id: a\nb: \xff\n", "not_utf8", 2),
    (b"id: a\nb: \x00\n", "not_yaml", 0),
    (b"id: 'a\n", "not_yaml", 2),
    (BOMB.encode(), "anchor_not_allowed", 1),
    (b"id: a\nb: *a\n", "alias_not_allowed", 2),
    (b"id: &a\n  b: *a\n", "anchor_not_allowed", 1),
    (b"id: !!python/object/apply:os.system [ls]\n", "tag_not_allowed", 1),
    (b"id: !x a\n", "tag_not_allowed", 1),
    (b"id: !!str a\n", "tag_not_allowed", 1),
    (b"%YAML 1.1\n---\nid: a\n", "directive_not_allowed", 1),
    (b"%TAG ! tag:x,2026:\n---\nid: a\n", "directive_not_allowed", 1),
    (b"id: a\n---\nid: b\n", "several_documents", 2),
    (b"id: a\nversion: 1\nid: b\n", "duplicate_key", 3),
    (b"id: a\n[a, b]: c\n", "bad_key", 2),
    (b"id: a\n? {a: b}\n: c\n", "bad_key", 2),
    (b"<<: {id: a}\n", "missing_field", 1),
    (b"id: " + b"[" * 20 + b"]" * 20 + b"\n", "too_deep", 1),
    (b"x" * (MAX_BYTES + 1), "too_large", 0),
    (b"id: [" + b"a," * (MAX_NODES + 1) + b"a]\n", "too_many_nodes", 1),
]


@pytest.mark.parametrize(("data", "code", "line"), HOSTILE)
def test_a_hostile_file_is_refused_with_its_cause(data: bytes, code: str, line: int) -> None:
    """Bombs, cycles, tags, doubles and nonsense are told apart."""
    error = refused(data)

    assert error.code == code
    assert error.line == line or code == "not_yaml"
    assert_told(error)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * MAX_BYTES,
        b"{" * MAX_BYTES,
        b"- " * (MAX_BYTES // 2),
        b"a: " * (MAX_BYTES // 3),
        b"? " * (MAX_BYTES // 2),
        b"'" * MAX_BYTES,
        b"k: v\n" * (MAX_BYTES // 5),
        b"id: " + b"a" * (MAX_BYTES - 5) + b"\n",
        b"\n" * MAX_BYTES,
    ],
    ids=["flow lists", "flow maps", "lists", "maps", "keys", "quotes", "doubles", "long", "lines"],
)
def test_a_hostile_megabyte_is_refused_in_bounded_steps(data: bytes) -> None:
    """No shape of a megabyte keeps the loader busy."""
    with counted() as steps:
        refused(data)

    assert steps.number < 1_000  # not one a byte


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("texts", "  T{n}: {{}}\n"),
        ("off_bus", "  o{n}: none\n"),
        ("scopes", "  S{n}: none\n"),
        ("roles", "  N{n}: {{agency: none}}\n"),
        ("invariants", "  - id: J{n}\n"),
        ("clauses", "  - id: R{n}\n"),
        ("clauses", "  - {{id: R{n}, grants: [{{issuers: [a, b]}}, {{issuers: [c, d]}}]}}\n"),
    ],
)
def test_a_table_is_read_to_its_first_faulty_row(table: str, row: str) -> None:
    """Thousands of faults are not gathered in order to tell one."""
    rows = "".join(row.format(n=n) for n in range(100, 140))
    whole = read(SECOND).decode().replace(f"\n{table}:\n", f"\n{table}:\n{rows}", 1)

    faults = refused(whole.encode()).__context__

    assert isinstance(faults, ValidationError)
    assert faults.error_count() < 30


@pytest.mark.parametrize(
    ("clause", "code"),
    [
        ("".join(f"    a{n}: none\n" for n in range(2_000)), "unknown_field"),
        ("    id: " + "a" * 100_000 + "\n", "bad_code"),
    ],
)
def test_what_is_not_known_is_copied_to_no_grant(clause: str, code: str) -> None:
    """A clause of many grants makes of a small file no large one."""
    own = clause if "id:" in clause else "    id: R998\n" + clause
    rows = "  -" + own[3:] + "    grants:\n" + "      - {}\n" * 900
    whole = read(SECOND).decode().replace("\nclauses:\n", f"\nclauses:\n{rows}", 1).encode()

    with memory_below(40 << 20):
        error = refused(whole)

    assert error.code == code


def test_a_key_of_the_file_writes_no_line_of_its_own_into_a_message() -> None:
    """Whatever stands for the name of a field there: it is told as a word, and not at length."""
    key = '"{field}\\e[2J\\nline 1: all is well' + "a" * 500 + '"'
    whole = f"{read(SECOND).decode()}\n{key}: none\n"

    said = str(refused(whole.encode()))

    assert said.isprintable()
    assert len(said) < 400


@settings(max_examples=60)
@given(st.data())
def test_mutated_files_either_load_or_raise_a_convention_error(data: st.DataObject) -> None:
    """Random edits of the second version, promises and quorum included, raise nothing else."""
    whole = bytearray(read(SECOND))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        width = data.draw(st.integers(0, 12))
        whole[place : place + width] = data.draw(st.binary(max_size=12))

    with suppress(ConventionError):
        load(bytes(whole), "fuzz.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["clauses", "texts"])
def test_a_megabyte_of_good_form_is_read_in_bounded_time_and_memory(shape: str) -> None:
    """Thousands of entries that each look right: refused or read, never worse than linear."""
    entry = {
        "clauses": "  - id: R{n}\n",
        "texts": '  T{n}: {{fr: a, en: b, from: 2026-01-01, until: "", checked: ""}}\n',
    }[shape]
    head, tail = text().split(f"\n{shape}:\n", 1)
    many = "".join(entry.format(n=n) for n in range(8_000))
    data = f"{head}\n{shape}:\n{many}{tail}".encode()[:MAX_BYTES]

    with memory_below(200 << 20), counted() as steps, suppress(ConventionError):
        load(data, "hostile.yaml")

    assert steps.number < 5 * len(data)
