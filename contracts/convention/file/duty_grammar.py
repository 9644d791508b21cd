"""What a clause makes somebody owe: the grammar of `act`, `within` and `opened_by` in the file."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from contracts.convention.clauses import DutySpec
from contracts.convention.file.node_reader import Reader
from contracts.vocabulary.scopes import ACK_STAGES

STARTS: Final = ("delivery", "transmission", "decided_on", "ends_on", "case_clock")
_PARTIES: Final = ("issuer", "recipient")
_CLAUSES: Final = re.compile(r"(R\d{2,3}(?:\|R\d{2,3})*)(:final)?\Z")
_STAGES: Final = re.compile(r"ACK:([a-z]+(?:\|[a-z]+)*)\Z")
WITHIN: Final = re.compile(r"(-?)([1-9]\d{0,2})(min|h|wd|d|mo)\Z|day\Z|due\Z")
_MONTHS: Final = re.compile(r"[1-9]\d{0,2}mo\Z")
# From these dates whole days count; hours and working days run from an instant
# (`deadlines.deadline`).
_DATES: Final = frozenset({"decided_on", "ends_on", "case_clock"})
_BY_DAYS: Final = re.compile(r"-?\d+(?:d|mo)\Z|day\Z")
# Acknowledgements after which something may begin; the others tell that nothing was read, or stays.
# `received` neither: whoever accepts at once never says it, and would owe nothing.
OPENING: Final = ("accepted", "declined", "started", "decided")
_OPENED: Final = re.compile(r"(?:ACK:([a-z]+)|open:(R\d{2,3}))\Z")


def read_duty(reader: Reader, roles: Collection[str]) -> DutySpec:
    """One entry of a clause's `duties`.

    Raises:
        ConventionError: `bad_act`, `bad_within`, `bad_repeat`, `bad_opening`, `unknown_role`,
            `unknown_stage`, `unknown_start`, and those of the reader.
    """
    acts, stages, final = _act(reader)
    known = {*roles, *_PARTIES}
    spec = DutySpec(
        acts=acts,
        debtor=reader.word("debtor", known, "unknown_role"),
        creditor=reader.word("creditor", known, "unknown_role"),
        within=_within(reader, "within"),
        stages=stages,
        final=final,
        urgent_within=_within(reader, "urgent_within", default=""),
        start=reader.word("start", STARTS, "unknown_start", default="delivery"),
        legal=reader.flag("legal"),
        opened_by=_opening(reader),
        repeat=reader.flag("repeat"),
        recipients=reader.words("recipients", roles, "unknown_role")
        if reader.has("recipients")
        else (),
    )
    _check_delay(reader, "within", spec.within, spec.start)
    if spec.urgent_within:
        _check_delay(reader, "urgent_within", spec.urgent_within, spec.start)
    if spec.repeat and not _can_repeat(spec):
        expected = "months from delivery or transmission"
        reader.refuse("bad_repeat", spec.within, expected, reader.line_of("repeat"))
    reader.close()
    return spec


def _check_delay(reader: Reader, field: str, within: str, start: str) -> None:
    """Refuse a delay that the bus would count from elsewhere than its sentence says."""
    expected = ""
    if within.startswith("-") != (start == "ends_on"):
        expected = "before the end only"
    elif start in _DATES and not _BY_DAYS.match(within):
        expected = "days or months from a date"
    if expected:
        reader.refuse("bad_within", within, expected, reader.line_of(field))


def _can_repeat(spec: DutySpec) -> bool:
    """Occurrences are counted in months from the first: other delays and dates have no next one."""
    counted = _MONTHS.match(spec.within) and spec.urgent_within != "due"
    return bool(counted) and spec.start in ("delivery", "transmission")


def _act(reader: Reader) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    word = reader.word("act")
    if match := _STAGES.match(word):
        stages = tuple(match[1].split("|"))
        for stage in stages:
            if stage not in ACK_STAGES:
                reader.refuse("unknown_stage", stage, "a known one", reader.line_of("act"))
        return ("ACK",), stages, False
    if match := _CLAUSES.match(word):
        return tuple(match[1].split("|")), (), bool(match[2])
    expected = "ACK:stage, R11, R12|R39, R39:final"
    return reader.refuse("bad_act", word, expected, reader.line_of("act"))


def _within(reader: Reader, field: str, default: str | None = None) -> str:
    word = reader.word(field, default=default)
    if word and not WITHIN.match(word):
        reader.refuse(
            "bad_within", word, "15min, 2h, 1wd, day, 8d, 3mo, due", reader.line_of(field)
        )
    return word


def _opening(reader: Reader) -> str:
    word = reader.word("opened_by", default="")
    match = _OPENED.match(word)
    if word and (not match or (match[1] and match[1] not in OPENING)):
        reader.refuse("bad_opening", word, "ACK:stage or open:R23", reader.line_of("opened_by"))
    return word
