"""What is listed of quarantine: folded from records and their evidence alone."""

from __future__ import annotations

from typing import Any

import pytest

from services.operate.quarantined import fold, said_by

ASIDE = {
    "kind": "quarantined", "partition": 3, "index": 7, "at": 50,
    "src": {"topic": "relais.civil.outbox.education", "offset": 4, "sha": "S"},
}  # fmt: skip


def listed(*after: tuple[str, dict[str, Any]], **evidence: Any) -> dict[str, Any]:
    """The row of an input that was put aside as `A`, after further records."""
    rows: dict[str, dict[str, Any]] = {}
    fold(rows, ASIDE, "A", said_by({"code": "bad_signature", "effects": [], **evidence}))
    for place, (kind, beside) in enumerate(after):
        src = {"topic": "q", "offset": place, "sha": "S"}
        record = {**ASIDE, "kind": kind, "index": 8 + place, "src": src}
        fold(rows, record, f"L{place}", said_by({"effects": [], **beside}))
    return rows["A"]


def effect(kind: str) -> dict[str, Any]:
    """The effects of a record that changes that input."""
    return {"effects": [{"k": kind, "d": "A"}, {"k": "order", "n": 1}, {"k": "settled", "d": "B"}]}


RELEASED = ("released", {"reason": "fixed", **effect("released")})


@pytest.mark.parametrize(
    ("after", "state"),
    [
        ([], ("kept", "", "")),
        ([RELEASED], ("released", "L0", "fixed")),
        ([RELEASED, ("decided", effect("settled"))], ("decided", "L1", "")),
        (
            [RELEASED, ("quarantined", {"code": "expired", **effect("settled")})],
            ("quarantined", "L1", "expired"),
        ),
        (
            [RELEASED, ("discarded", {"reason": "bytes_gone", **effect("settled")})],
            ("discarded", "L1", "bytes_gone"),
        ),
        ([("discarded", {"reason": "spam", **effect("discarded")})], ("discarded", "L0", "spam")),
        (
            [("erased", {"basis": "court", "answers": [{"decision": "A", "answer": "erased"}]})],
            ("erased", "L0", "court"),
        ),
        ([("erased", {"answers": [{"decision": "A", "answer": "not_here"}]})], ("kept", "", "")),
    ],
)
def test_a_row_says_what_became_of_an_input(
    after: list[tuple[str, dict[str, Any]]], state: tuple[str, str, str]
) -> None:
    """Kept, released, or what the release or an order ended as; by which record, and why."""
    row = listed(*after, bytes=12)

    assert (row["state"], row["by"], row["why"]) == state
    assert (row["offset"], row["sha256"], row["bytes"]) == (4, "S", 12)


def test_an_erased_input_is_listed_still() -> None:
    """Its stub has lost how long it was."""
    assert listed(erased=9)["bytes"] is None
