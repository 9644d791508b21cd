"""Hostile convention files: a clear error, in bounded time and memory."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.convention import yamlfile
from contracts.convention.load import load
from contracts.convention.yamlfile import MAX_BYTES, MAX_NODES
from contracts.errors import ConventionError
from tests.contracts.convention.kit import text

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
SECONDS = 5  # a hostile megabyte takes well under one; the machine may be busy


def code_of(data: bytes) -> tuple[str, int]:
    """Code and line of the refusal."""
    with pytest.raises(ConventionError) as caught:
        load(data, "hostile.yaml")
    return caught.value.code, caught.value.line


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
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
    ],
)
def test_a_hostile_file_is_refused_with_its_cause(data: bytes, code: str, line: int) -> None:
    """Bombs, cycles, tags, doubles and nonsense are told apart."""
    found = code_of(data)

    assert found == (code, line) or (code == "not_yaml" and found[0] == code)


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
def test_a_hostile_megabyte_is_refused_in_bounded_time(data: bytes) -> None:
    """No shape of a megabyte keeps the loader busy."""
    started = time.monotonic()

    code_of(data)

    assert time.monotonic() - started < SECONDS


def test_a_duplicate_key_deep_in_a_clause_is_found_at_its_line() -> None:
    """The second of two keys of one clause, which YAML itself lets win."""
    lines = text().splitlines()
    place = lines.index("    purpose: assess")
    lines.insert(place + 1, "    purpose: decide")

    assert code_of("\n".join(lines).encode()) == ("duplicate_key", place + 2)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_mutated_files_either_load_or_raise_a_convention_error(data: st.DataObject) -> None:
    """Random edits of the shipped file never raise anything else."""
    whole = bytearray(text().encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        width = data.draw(st.integers(0, 12))
        whole[place : place + width] = data.draw(st.binary(max_size=12))

    with suppress(ConventionError):
        load(bytes(whole), "fuzz.yaml")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_arbitrary_text_is_refused(content: str) -> None:
    """Nothing that is not a convention loads, and nothing else is raised."""
    with pytest.raises(ConventionError):
        load(content.encode("utf-8", "replace"), "fuzz.yaml")


def test_the_parser_in_python_reads_the_file_as_the_one_in_c(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine without libyaml decides the same."""
    expected = load(text().encode(), "x.yaml")
    monkeypatch.setattr(yamlfile, "_Loader", yaml.SafeLoader)

    assert load(text().encode(), "x.yaml") == expected
