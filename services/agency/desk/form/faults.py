"""What is wrong with a form, at the field where it can be mended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.errors import EnvelopeError, IntakeError
from contracts.vocabulary.categories import MONTH_BEGUN, NOT_MORE_THAN_PLANNED, ONE_OF_BOTH
from services.agency.desk.form.filled import name_of
from services.agency.desk.form.shown import Faults
from services.agency.desk.told import told_fault
from services.agency.record.mapping import steps_of
from services.agency.record.marks import Names, Says
from services.agency.record.record import Record
from services.platform.http.problems import ProblemError

QUOTES: Final = ("answers", "ends")  # nobody fills them in: a form is begun from an event
_BY_EXPECTED: Final = {
    MONTH_BEGUN: "month_to_come",
    NOT_MORE_THAN_PLANNED: "more_than_planned",
    ONE_OF_BOTH: "one_of_both",
}


def faults_of(
    errors: Iterable[IntakeError | EnvelopeError | ProblemError],
    model: type[Record],
    lang: str,
) -> Faults:
    """Name of each faulty field and what to do; what is of no field is at the file number."""
    faults: Faults = {}
    for error in errors:
        name, code = name_of(_member(model, error.place)) or "reference", error.code
        if name in QUOTES:
            code = "nothing_quoted"
        code = _BY_EXPECTED.get(error.expected, code)
        faults.setdefault(name, told_fault(code, error.expected, lang))
        if code == "one_of_both":
            faults.setdefault(name.rpartition(".")[0] + ".birth_date", faults[name])
    return faults


def _member(model: type[Record], place: str) -> str:
    """The record's member that a claim of the cover comes from; any other place as it is."""
    if not place.startswith("cover."):
        return place
    claim = place.rpartition(".")[2]
    for becomes in model.events_of_kind():
        for step in steps_of(model, becomes):
            marks = (one for one in step.marks if not isinstance(one, Names))
            if claim in {one.condition if isinstance(one, Says) else one.name for one in marks}:
                return step.path
    return place
