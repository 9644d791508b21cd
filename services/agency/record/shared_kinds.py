"""Kinds of record that are one thing wherever they are filed; an agency adds its own form.

Stated first among the bases of an agency's kind, so that what stands here wins.
"""

from __future__ import annotations

from typing import Annotated, Literal

from contracts.vocabulary.fields import Count, Month
from services.agency.record.form import Answers, Called, InDanger, WhetherTold
from services.agency.record.marks import Becomes, To
from services.agency.record.record import Record
from services.agency.record.shared_blocks import Appraisal

_REPORT = Becomes("SIG", {"PARQ-CIV": "protect_now", "CRIP": "avoid_duplicates"})


class InformationPreoccupante(Record):
    """A concern to the CRIP (R01 to R05)."""

    becomes = Becomes("IP", {"CRIP": "assess"})
    kind: Literal["information_preoccupante"]
    told: WhetherTold = None


class Grave(Record):
    """What a signalement and its later copy say of urgency."""

    danger: InDanger = None
    call: Called = None


class Signalement(Grave):
    """To the prosecutor (R08 to R10); the CRIP's copy (R11) is in the same event."""

    becomes = _REPORT
    kind: Literal["signalement"]


class SignalementCopy(Grave):
    """The CRIP's copy sent later (R11): `answers` names the signalement."""

    becomes = Becomes("SIG", _REPORT.to, usual=("CRIP",))
    kind: Literal["signalement_copy"]
    answers: Answers


class EvaluationContribution(Record):
    """Answers the CRIP's coded questions (R16, R17)."""

    becomes = Becomes("EVALREP", {"CRIP": "evaluate"})
    kind: Literal["evaluation_contribution"]
    told: WhetherTold = None


class ProgressReport(Record):
    """The month's meetings, planned and kept (R31); what was said stays with who files it."""

    becomes = Becomes("EVALREP", {"ASE": "progress"})
    kind: Literal["progress_report"]
    month: Annotated[Month, To("MEASURE.attendance")]
    planned: Annotated[Count, To("MEASURE.attendance")]
    kept: Annotated[Count, To("MEASURE.attendance")]
    appraisal: Appraisal | None = None
