"""What those who live and work with the child file: PMI, homes (HOME), home-based support (MO).

Other residents' names, therapeutic notes and medical files are mapped as what they are, and the
convention leaves them out: the answer says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, Literal

from contracts.decision.draft import Draft
from contracts.vocabulary.fields import Count, MeasureKind, Text
from contracts.vocabulary.scopes import SCOPES
from services.agency.record import shared_blocks as shared
from services.agency.record.form import Answers, Called, IsLast
from services.agency.record.marks import OWN, Becomes, To
from services.agency.record.record import Record, Writing
from services.agency.record.shared_blocks import (
    Appearance,
    Flags,
    LastSeen,
    NamedPersons,
    Proposal,
    Proposed,
    one_fact,
)
from services.child_welfare.child_records import PerhapsNamedChild, Situation, Where

_SEARCHED: Final = {"POL": "search", "ASE": "protect", "PARQ-CIV": "protect"}
_PROTECTORS: Final = frozenset({"IDENTITY", "LOCATION", "RISK", "FACTS.third_party"})
_SEARCHERS: Final = frozenset(SCOPES) - {"FACTS", "FAMILY", "RISK"}
_EVALUATION: Final = frozenset({"FACTS", "FAMILY", "RISK"})  # what E.4 tries to attach


def _searched(becomes: Becomes, writing: Writing) -> Becomes:
    """Of the ASE's own declaration the police alone hear (R33); R34 tells the ASE of a home's."""
    return becomes if writing.issuer.role == "HOME" else replace(becomes, usual=("POL",))


class InformationPreoccupante(shared.InformationPreoccupante, Situation):
    """A concern to the CRIP: the PMI's (R03), the ASE's (R47), the social service's (R48)."""

    roles = ("PMI", "ASE", "SSD")
    mother_medical_file: Annotated[Text | None, To("HEALTH:record")] = None


class GraveSituation(Situation):
    """A signalement and its later copy."""

    named_persons: NamedPersons = ()
    therapeutic_notes: Annotated[Text | None, To("HEALTH:record")] = None
    measure_in_force: Annotated[MeasureKind | None, To("MEASURE:measure")] = None
    whereabouts: Where = None


class Signalement(shared.Signalement, GraveSituation):
    """To the prosecutor (R09, R10), with the CRIP's copy in the same event (R11)."""

    roles = ("PMI", "SSD", "HOME", "MO", "ASE")


class SignalementCopy(shared.SignalementCopy, GraveSituation):
    """The CRIP's copy sent later (R11): `answers` names the signalement."""

    roles = ("PMI", "SSD", "HOME", "MO", "ASE")


class EvaluationContribution(shared.EvaluationContribution, Situation):
    """The PMI or the social service answers the CRIP's questions (R17)."""

    roles = ("PMI", "SSD")
    medical_file: Annotated[Text | None, To("HEALTH:record")] = None


class IncidentNote(Situation):
    """*Note d'incident* to the ASE, so that the measure can be adapted (R06)."""

    roles = ("HOME", "MO")
    becomes = Becomes("IP", {"ASE": "adapt_measure"})
    kind: Literal["incident_note"]
    whereabouts: Where = None
    residents: NamedPersons = ()


class Runaway(Situation):
    """Declares a runaway: to the police (R33), to the ASE and the parquet (R34), in one event.

    `flags` are for the police, `appraisal` for the others. If the evaluation is attached
    (`observations`, `siblings`, `family_situation`), it and the appraisal are meant for all, and
    the convention says what passes. `runaway_number` is the home's own count.
    """

    roles = ("HOME", "ASE")
    becomes = Becomes(
        "MISSING", _SEARCHED, const={"LOCATION:seen": "last_seen"}, facts={"phase": "start"}
    )
    kind: Literal["runaway"]
    runaway_number: Annotated[Count | None, OWN] = None
    appearance: Appearance | None = None
    last_seen: LastSeen | None = None
    flags: Flags = ()
    residents: NamedPersons = ()
    call: Called = None

    def drafts(self, writing: Writing) -> list[Draft]:
        """One event; without an evaluation attached, each desk's part of the form."""
        evaluated = self.observations or self.siblings or self.family_situation
        attached = _EVALUATION if evaluated else frozenset[str]()
        protectors = _PROTECTORS | attached
        meant = {"POL": _SEARCHERS | attached, "ASE": protectors, "PARQ-CIV": protectors}
        return [writing.event(_searched(self.becomes, writing), meant=meant)]


class RunawayEnd(Record):
    """The child is back: `ends` names the declaration."""

    roles = ("HOME", "ASE")
    becomes = Becomes("MISSING", _SEARCHED)
    kind: Literal["runaway_end"]
    child: PerhapsNamedChild = None
    ends: Answers

    def drafts(self, writing: Writing) -> list[Draft]:
        """To whom the declaration went."""
        return [writing.event(_searched(self.becomes, writing))]


class MeasureReport(Situation):
    """The report to the judge of who carries the measure out (R28); `final` on the last."""

    roles = ("MO", "ASE", "HOME")
    becomes = Becomes("EVALREP", {"JE": "judge"})
    kind: Literal["measure_report"]
    proposed: Proposed = ()
    proposal: Proposal = None
    final: IsLast = None


class ProgressReport(shared.ProgressReport):
    """The month's meetings, planned and kept (R31); what was said stays with the operator."""

    roles = ("MO",)
    notes: Annotated[Text | None, To("FACTS:facts", one_fact)] = None
