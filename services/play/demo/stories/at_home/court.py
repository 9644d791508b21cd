"""To the prosecutor and the judge, the measure, and what the school and the author learn of it."""

from __future__ import annotations

from services.play.demo.expected import Gets
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.stories.at_home.common import (
    ACCEPTED,
    ASSO_R31,
    ENDS,
    R12_OR_R39,
    R40,
    START,
    child,
    to_the_prosecutor,
)
from services.play.demo.stories.marked import TOLD, Marked
from services.texts import Catalogue

_ = Catalogue(__name__)


def carried_to_court(scene: Scene, m: Marked, first: SentEvent, asked: SentEvent) -> SentEvent:
    """The evaluation goes to the prosecutor, who turns to the judge."""
    scene.at(15, "11:00")
    second = scene.post(
        "crip",
        to_the_prosecutor(scene, m, first) | {"answers": [asked.ref()], "parents_told": "written"},
        _("A second report carries the evaluation to the prosecutor and answers his instruction."),
        to={
            "parq-civ": Gets(
                "R12",
                "CONTACT FACTS FAMILY HEALTH.vital IDENTITY LOCATION MEASURE RISK",
                left_out="FACTS.third_party",
            )
        },
        opens={"parq-civ>crip ACK:received": "2wd", R40: "15wd"},
        closes=(R12_OR_R39,),
    )
    scene.at(16, "09:30")
    scene.ack("parq-civ", second, closes=("parq-civ>crip ACK:received",))
    seizure = scene.post(
        "parq-civ",
        {
            "kind": "judge_seizure",
            "case": first.case,
            "requested": "aemo_reinforced",
            "minor": m.minor("Jade", "2010-09-21"),
            "parents": [m.parent("Mme Modèle")],
            "observations": [m.seen(scene.date(12), "évaluation conjointe")],
            "appraisal": m.appraisal("moderate"),
        },
        _("The prosecutor brings the case before the juvenile judge."),
        to={"je": Gets("R23", "CONTACT FACTS FAMILY IDENTITY MEASURE RISK")},
    )
    scene.at(17, "14:00")
    scene.post(
        "parq-civ",
        {
            "kind": "department_feedback",
            "case": first.case,
            "answers": [first.ref(), second.ref()],
            "status": "judge_seized",
            "since": scene.date(16),
        },
        _("One answer for both of the CRIP's reports."),
        to={"crip": Gets("R40", "PROCEDURE.status")},
        closes=(R40, R40),
    )
    return seizure


def ordered(scene: Scene, m: Marked, seizure: SentEvent) -> tuple[SentEvent, SentEvent]:
    """The judge orders the measure; the ASE entrusts the follow-up."""
    scene.at(30, "15:00")
    measure = scene.post(
        "je",
        {
            "kind": "decision",
            "case": seizure.case,
            "answers": [seizure.ref()],
            "measure": "aemo_reinforced",
            "decided_on": scene.date(30),
            "ends_on": scene.date(ENDS),
            "minor": m.minor("Jade", "2010-09-21"),
            "parents": [m.parent("Mme Modèle")],
            "terms": m("deux rencontres par semaine"),
        },
        _("The judge orders reinforced home-based help: Jade stays at home."),
        to={desk: Gets("R26", "CONTACT FAMILY IDENTITY MEASURE") for desk in ("ase", "mo")},
        opens={
            "ase>je ACK:received": "1wd",
            START: "10wd",
            "mo>je R28": scene.date(ENDS - 15),
        },
    )
    scene.at(31, "09:30")
    scene.ack("ase", measure, closes=("ase>je ACK:received",))
    followed = scene.post(
        "ase",
        {
            "kind": "specialist_referral",
            "case": seizure.case,
            "frame": "follow_up",
            "follow_up_until": scene.date(ENDS),
            "child": child(m),
            "parents": [m.parent("Mme Modèle")],
            "appraisal": m.appraisal("moderate"),
            "told": TOLD,
        },
        _("The ASE entrusts the specialist follow-up to the association."),
        to={"asso": Gets("R30", "CONTACT IDENTITY MEASURE RISK", left_out="FAMILY")},
        opens={"asso>ase ACK:accepted|declined": "2wd"},
    )
    scene.at(ACCEPTED, "10:00")
    scene.ack(
        "asso", followed, "accepted",
        closes=("asso>ase ACK:accepted|declined",), opens={ASSO_R31: "1mo"},
        text=_("The association accepts: it will report every month until the end."),
    )  # fmt: skip
    return measure, followed


def school_and_author(scene: Scene, m: Marked, alert: SentEvent) -> None:
    """The school learns whom to call; whoever alerted, the outcome."""
    scene.at(32, "11:00")
    notice = scene.post(
        "ase",
        {
            "kind": "schooling_notice",
            "case": alert.case,
            "to": ["edu-h-1"],
            "child": child(m),
            "school": {"establishment": m("Lycée Modèle"), "level": "1re"},
            "custodian": {"service": m("Mme Modèle, et l'AEMO"), "phone": "01 99 00 00 02"},
            "reason": m("la raison de la mesure"),
            "told": TOLD,
        },
        _("Jade's school learns whom to call, and not why."),
        to={
            "edu-h-1": Gets("R32", "IDENTITY MEASURE.custodian SCHOOLING", left_out="FACTS.summary")
        },
        opens={"edu-h-1>ase ACK:received": "2wd"},
    )
    scene.at(32, "15:00")
    scene.ack("edu-h-1", notice, closes=("edu-h-1>ase ACK:received",))
    scene.outcome(
        "crip", alert,
        _("Whoever alerted learns the outcome, by a code alone: a measure has been ordered."),
        code="measure_ordered", to={"edu-s": Gets("R39.1", "CODE.outcome")},
        closes=("crip>edu-s R39:final",),
    )  # fmt: skip
