"""An arrival in the words of the agency that receives it: title, what is expected, content.

The titles of acts and the words for scopes stand here once for all agencies. An agency says in its
`words.py` the few that differ, and which of its records answer what. The acknowledgements that are
expected are those that the receipt names as owed. Nothing is stored; the slip and the bodies have
been verified.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.envelope.model import Slip
from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import WITHDRAWAL
from services.agency.office.fold.known_duties import ACKNOWLEDGED
from services.texts import Catalogue, Text

_ = Catalogue(__name__)
Titles = Mapping[str, Text]  # act (`IP` or `IP assess`) → its title
END: Final = "end"

TITLES: Final[Titles] = {
    "IP": _("Child-concern alert"),
    "IP adapt_measure": _("Incident note"),
    "SIG": _("Grave report"),
    "SIG seize_judge": _("Referral by the CRIP"),
    "SIG avoid_duplicates": _("Copy of a grave report"),
    "EVALREQ": _("Request for an evaluation"),
    "EVALREQ contribute": _("Questions of the CRIP"),
    "EVALREP": _("Evaluation report"),
    "EVALREP evaluate": _("Contribution to the evaluation"),
    "EVALREP progress": _("The month's progress"),
    "EVALREP judge": _("Report to the juvenile judge"),
    "SPECREF": _("Specialist referral"),
    "SPECREF joint_evaluation": _("Joint evaluation"),
    "SPECREF specialist_followup": _("Specialist follow-up"),
    "SPECREF specialist_followup end": _("End of a specialist follow-up"),
    "ST": _("Instruction of the prosecutor"),
    "ST seize_judge": _("Petition for civil protection"),
    "ST notice_706_49": _("Notice of a criminal case (CPP 706-49)"),
    "MEASURE": _("Protective measure"),
    "MEASURE end": _("End of a measure"),
    "MEASURE execute_opp": _("Emergency placement order"),
    "MEASURE execute": _("Decision of the juvenile judge"),
    "MEASURE mjie": _("Order of a judicial investigation"),
    "MEASURE aed_home": _("Home-based educational action"),
    "MEASURE keep_schooling": _("Whom to call about this pupil"),
    "MISSING": _("Runaway"),
    "MISSING end": _("End of a runaway"),
    "MISSING search": _("Declaration of a runaway"),
    "MISSING return": _("Minor found"),
    "MISSING absence_code": _("Absence code"),
    "HEARING": _("Hearing of a minor"),
    "FEEDBACK": _("Outcome"),
    "COORD": _("Case meeting"),
    "COORD invite": _("Invitation to a case meeting"),
    "COORD decisions": _("Decisions of a case meeting"),
    "WITHDRAW": _("Withdrawal of an event"),
}
_OTHER: Final = _("Another event")

IDENTITY: Final = "IDENTITY"  # each agency has its own word for the minor
SCOPE_WORDS: Final = {
    "IDENTITY.description": "appearance",
    "CONTACT": "contacts",
    "FAMILY": "family",
    "SCHOOLING": "school",
    "FACTS": "observations",
    "FACTS.summary": "summary",
    "FACTS.third_party": "named_persons",
    "RISK": "appraisal",
    "RISK.level": "level",
    "RISK.flags": "flags",
    "RISK.safety": "safety_note",
    "HEALTH.vital": "signs",
    "PROCEDURE": "procedure",
    "PROCEDURE.reference": "parquet_number",
    "PROCEDURE.status": "status",
    "PROCEDURE.hearing": "hearing",
    "MEASURE": "measure",
    "MEASURE.proposal": "proposal",
    "MEASURE.actions": "actions",
    "MEASURE.attendance": "attendance",
    "MEASURE.custodian": "custodian",
    "LOCATION": "place",
    "CODE.questions": "questions",
    "CODE.outcome": "outcome",
    "CODE.attendance": "reply",
    "CODE.absence": "absence",
    "CODE.meeting": "meeting",
}
# What may be answered beside what is owed: the convention asks for one stage, the desk for more.
_ALSO: Final = {
    "EVALREP decide": ("received", "decided"),
    "MEASURE execute": ("received", "started"),
    "COORD invite": ("accepted", "declined"),
    "WITHDRAW withdraw": ("withdrawn",),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What an agency calls what arrives; `WORDS` of its `words.py`.

    Attributes:
        minor: its word for IDENTITY.
        answers: act → kinds of its own records that answer it, quoting it in `answers`.
        titles: of acts that are something else to it than to the others.
        scopes: its words for the other scopes; one without a word keeps its name.
        always: kinds that answer every act.
    """

    minor: str
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    titles: Titles = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=lambda: SCOPE_WORDS)
    always: tuple[str, ...] = ()

    def title_of(self, etype: str, purpose: str | None, phase: str | None = None) -> Text:
        """The title of an act: the most exact of those that there are."""
        act = f"{etype} {purpose}"
        names: tuple[str, ...] = (act, etype)
        if purpose == WITHDRAWAL:
            names = ("WITHDRAW",)
        elif phase == END:
            names = (f"{act} {END}", f"{etype} {END}", *names)
        known = (table[name] for name in names for table in (self.titles, TITLES) if name in table)
        return next(known, _OTHER)

    def asks_of(self, act: str, owed: Iterable[str], *, ends: bool) -> dict[str, list[str]]:
        """Acknowledgement stages that are owed or may be given, and kinds of record that answer.

        Args:
            act: such as `IP assess`.
            ends: whether it ends something: no record answers it.
        """
        stages = [one.removeprefix(ACKNOWLEDGED) for one in owed if one.startswith(ACKNOWLEDGED)]
        known = [stage for text in stages for stage in text.split("|")]
        answers = () if ends else (*self.answers.get(act, ()), *self.always)
        return {
            "acknowledge": list(dict.fromkeys((*_ALSO.get(act, ()), *known))),
            "answer_with": list(answers),
        }

    def arrival(
        self, slip: Slip, bodies: Mapping[str, Mapping[str, Any]], owed: Iterable[str] = ()
    ) -> dict[str, Any]:
        """What the partner system is handed for one delivery.

        Args:
            owed: the duties that the receipt tells, as `Duty.act` writes them (`ACK:received`).
        """
        title = self.title_of(slip.etype, slip.purpose, slip.phase)
        act = f"{slip.etype} {slip.purpose}"
        wire = slip.wire()
        names = ("phase", "final", "decided_on", "received_on", "ends_on", "due", "declared")
        words = {**self.scopes, IDENTITY: self.minor or IDENTITY}
        return {
            "title": {lang: title.say(lang) for lang in ("fr", "en")},
            "answers": _short(wire.get("re", [])),
            "ends": _short(wire.get("ends", [])),
            "facts": {name: wire[name] for name in names if name in wire},
            "asks": self.asks_of(act, owed, ends=slip.phase == END),
            "content": {words.get(scope, scope): scope for scope in bodies},
        }


def _short(refs: list[dict[str, str]]) -> list[dict[str, str]]:
    """References as a record quotes them in `answers`."""
    return [{"issuer": short(ref["iss"]), "event": ref["jti"]} for ref in refs]
