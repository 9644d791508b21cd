"""What a clause makes somebody owe: the value, and the grammar of its fields in the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import AfterValidator

from contracts.convention.file import field_types as kinds
from contracts.convention.file.faults import fault
from contracts.vocabulary.scopes import ACK_STAGES

MAX_DUTIES: Final = 16  # of one clause
_OPEN: Final = "open:"
STARTS: Final = ("delivery", "transmission", "decided_on", "ends_on", "case_clock")
_CLAUSES: Final = re.compile(r"R\d{2,3}(?:\|R\d{2,3})*(?::final)?\Z")
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


def _act(word: str) -> str:
    if match := _STAGES.match(word):
        for stage in match[1].split("|"):
            if stage not in ACK_STAGES:
                raise fault("unknown_stage", stage, "a known one", key=True)
    elif not _CLAUSES.match(word):
        raise fault("bad_act", word, "ACK:stage, R11, R12|R39, R39:final", key=True)
    return word


def _within(word: str) -> str:
    if not WITHIN.match(word):
        raise fault("bad_within", word, "15min, 2h, 1wd, day, 8d, 3mo, due", key=True)
    return word


def _opening(word: str) -> str:
    match = _OPENED.match(word)
    if not match or (match[1] and match[1] not in OPENING):
        raise fault("bad_opening", word, "ACK:stage or open:R23", key=True)
    return word


_Act = Annotated[kinds.Word, AfterValidator(_act)]
_Within = Annotated[kinds.Word, AfterValidator(_within)]
_Opening = Annotated[kinds.Word, AfterValidator(_opening)]
_Start = Annotated[str, kinds.known("unknown_start", STARTS)]
_Debtor = Annotated[str, kinds.known("unknown_role", "debtors")]  # or creditor


def act_name(acts: Sequence[str], stages: Sequence[str], *, final: bool) -> str:
    """What is owed, as notices name it: `ACK:received`, `ACK:accepted|declined`, `R39:final`."""
    text = "|".join(acts)
    if stages:
        text += ":" + "|".join(stages)
    return text + (":final" if final else "")


@dataclass(frozen=True, slots=True)
class DutySpec:
    """What a released event makes somebody owe (rules §12).

    Attributes:
        act: what discharges it, as the file and notices name it: `ACK:accepted|declined`,
            `R26|R27`, `R39:final`.
        acts: the same apart: ("ACK",) or clause ids such as ("R26", "R27").
        stages: ACK stages that discharge it; empty for other acts. `received` is also met by a
            later stage.
        final: only an event with `final: true` discharges it.
        debtor, creditor: `issuer`, `recipient` or a role (the desk of that role addressed in the
            same event, else assigned to the case, else the first of the directory).
        within: `15min`, `2h`, `1wd` (end of the nth working day, Paris), `day` (end of that day),
            `8d`, `3mo`, `1mo`, `due` (the cover's date), `-15d` (before `ends_on`).
        urgent_within: replaces `within` when a call is declared (R12); empty if not.
        start: the instant or date that `within` runs from: `delivery` (the decision),
            `transmission` (the cover's iat), `decided_on`, `ends_on`, `case_clock`.
        legal: fixed by law; a withdrawal does not cancel it.
        opened_by: empty: by the release itself; else `ACK:started` … (by that
            acknowledgement), or `open:R23` (only while a duty to do R23 was open).
        repeat: each discharge opens the next, until `phase: end`.
        recipients: if not empty, only for recipients of these roles.
    """

    __pydantic_config__ = kinds.CLOSED
    act: _Act
    debtor: _Debtor
    creditor: _Debtor
    within: _Within
    urgent_within: _Within = ""
    start: _Start = "delivery"
    legal: kinds.Flag = False
    opened_by: _Opening = ""
    repeat: kinds.Flag = False
    recipients: kinds.Several[kinds.Role] = ()
    acts: tuple[str, ...] = field(init=False)
    stages: tuple[str, ...] = field(init=False)
    final: bool = field(init=False)

    def __post_init__(self) -> None:
        acts, _, more = self.act.partition(":")
        final = more == "final"
        object.__setattr__(self, "acts", tuple(acts.split("|")))
        object.__setattr__(self, "stages", tuple(more.split("|")) if more and not final else ())
        object.__setattr__(self, "final", final)

    @property
    def third(self) -> tuple[str, ...]:
        """Roles named beside issuer and recipient: they hear of an event that nobody sends them."""
        named = dict.fromkeys((self.debtor, self.creditor))
        return tuple(who for who in named if who not in ("issuer", "recipient"))

    @property
    def while_owed(self) -> str:
        """The clause that must be owed for this duty to begin (`open:R23`); empty if none."""
        return self.opened_by.removeprefix(_OPEN) if self.opened_by.startswith(_OPEN) else ""

    @property
    def named(self) -> tuple[str, ...]:
        """What it names by number: what is owed (`ACK` has none), and what lets it begin."""
        return (*self.acts, self.while_owed) if self.while_owed else self.acts


def _check_terms(duty: DutySpec) -> DutySpec:
    """A duty, if its time limits can be counted.

    Raises:
        PydanticCustomError: `bad_within`, `bad_repeat`.
    """
    _check_delay("within", duty.within, duty.start)
    if duty.urgent_within:
        _check_delay("urgent_within", duty.urgent_within, duty.start)
    # Occurrences are counted in months from the first: other delays and dates have no next one.
    counted = _MONTHS.match(duty.within) and duty.urgent_within != "due"
    if duty.repeat and not (counted and duty.start in ("delivery", "transmission")):
        expected = "months from delivery or transmission"
        raise fault("bad_repeat", duty.within, expected, at=("repeat",), key=True)
    return duty


def _check_delay(field: str, within: str, start: str) -> None:
    """Refuse a delay that the bus would count from elsewhere than its sentence says."""
    expected = ""
    if within.startswith("-") != (start == "ends_on"):
        expected = "before the end only"
    elif start in _DATES and not _BY_DAYS.match(within):
        expected = "days or months from a date"
    if expected:
        raise fault("bad_within", within, expected, at=(field,), key=True)


Duty = Annotated[DutySpec, AfterValidator(_check_terms)]
Duties = Annotated[tuple[Duty, ...], kinds.at_most(MAX_DUTIES)]
