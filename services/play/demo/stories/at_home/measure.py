"""The measure: it starts late, is followed month by month, and ends."""

from __future__ import annotations

from typing import Any

from services.play.demo.expected import Denied, Gets
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.stories.at_home.common import (
    ACCEPTED,
    ASSO_R31,
    ENDS,
    MO_R31,
    START,
    STARTED,
    child,
)
from services.play.demo.stories.marked import TOLD, Marked
from services.texts import Catalogue

_ = Catalogue(__name__)


def late_start(scene: Scene, measure: SentEvent) -> None:
    """The measure does not start in time: the bus says so."""
    scene.at(46, "08:30", overdue=(START,))
    scene.note(
        _(
            "Ten working days have passed and nothing has begun: the home-based service has a "
            "waiting list. Nobody had said so; the bus does. The steering committee will see it "
            "in its figures."
        ),
    )
    scene.at(STARTED, "09:00")
    scene.ack(
        "mo", measure, "started", closes=(START,), opens={MO_R31: "1mo"},
        text=_("The measure starts at last."),
    )  # fmt: skip


def month_of_association(
    scene: Scene, m: Marked, followed: SentEvent, count: int, day: int
) -> None:
    """The association's word on a month, which opens the next."""
    scene.at(day, "10:00")
    scene.post(
        "asso", _progress(scene, m, followed, day),
        _("The month's report: meetings planned and kept, nothing of what was said."),
        to={"ase": Gets("R31", "MEASURE.attendance RISK")},
        closes=(ASSO_R31,), opens={ASSO_R31: scene.months_after(ACCEPTED, count + 1)},
    )  # fmt: skip


def coordinated(scene: Scene, m: Marked, alert: SentEvent) -> None:
    """Those who take part meet; what was decided, not what was said, goes round."""
    scene.at(60, "10:00")
    called = scene.post(
        "ase",
        {
            "kind": "coordination_invitation",
            "case": alert.case,
            "to": ["crip", "edu-s", "mo", "asso", "pol"],
            "at": scene.moment(66, "14:00"),
            "minutes": 90,
            "premises": "ASE",
            "child": child(m),
            "agenda": m("ordre du jour"),
        },
        _(
            "The ASE calls those who take part to a meeting: a date, no name. The police take no "
            "part in it, and the attempt to invite them is refused."
        ),
        to={
            **{
                desk: Gets("R42", "CODE.meeting", left_out="FACTS.summary IDENTITY")
                for desk in ("crip", "edu-s", "mo", "asso")
            },
            "pol": Denied(
                "no_clause",
                left_out="CODE.meeting FACTS.summary IDENTITY",
                doors="R42 R42 R42",
            ),
        },
        opens={f"{desk}>ase ACK:accepted": "5wd" for desk in ("crip", "edu-s", "mo", "asso")},
    )
    scene.at(63, "09:30")
    for desk in ("crip", "edu-s", "mo", "asso"):
        scene.ack(desk, called, "accepted", closes=(f"{desk}>ase ACK:accepted",))
    scene.at(66, "16:30")
    decided = scene.post(
        "ase",
        {
            "kind": "coordination_decisions",
            "case": alert.case,
            "to": ["crip", "edu-s", "mo", "asso"],
            "actions": [
                {"action": m("accompagner au rendez-vous santé"), "by": "MO"},
                {"action": m("référent de retour en classe"), "by": "EDU-S"},
            ],
            "level": "moderate",
            "observations": [m.seen(scene.date(66), "ce qui s'est dit en réunion")],
            "told": TOLD,
        },
        _("What was decided, and a coded level of danger; not what was said."),
        to={
            desk: Gets("R43", "MEASURE.actions RISK.level", left_out="FACTS")
            for desk in ("crip", "edu-s", "mo", "asso")
        },
        opens={f"{desk}>ase ACK:received": "2wd" for desk in ("crip", "edu-s", "mo", "asso")},
    )
    scene.at(67, "09:00")
    for desk in ("crip", "edu-s", "mo", "asso"):
        scene.ack(desk, decided, closes=(f"{desk}>ase ACK:received",))


def months(scene: Scene, m: Marked, measure: SentEvent, followed: SentEvent) -> None:
    """The monthly words, each opening the next, and the report before the end."""
    _month_at_home(scene, m, measure, 1, 79)
    scene.note(
        _(
            "The same report comes every month from both services until the end: five more, held "
            "against the convention like all others, and not shown."
        )
    )
    with scene.untold():
        month_of_association(scene, m, followed, 2, 87)
        _month_at_home(scene, m, measure, 2, 108)
        month_of_association(scene, m, followed, 3, 116)
        _month_at_home(scene, m, measure, 3, 130)
    _report_to_judge(scene, m, measure)
    with scene.untold():
        month_of_association(scene, m, followed, 4, 143)


def _month_at_home(scene: Scene, m: Marked, measure: SentEvent, count: int, day: int) -> None:
    scene.at(day, "10:00")
    scene.post(
        "mo", _progress(scene, m, measure, day),
        _("The month's report, from the home-based service."),
        to={"ase": Gets("R31", "MEASURE.attendance RISK")},
        closes=(MO_R31,), opens={MO_R31: scene.months_after(STARTED, count + 1)},
    )  # fmt: skip


def _progress(scene: Scene, m: Marked, sent: SentEvent, day: int) -> dict[str, Any]:
    return {
        "kind": "progress_report",
        "case": sent.case,
        "answers": [sent.ref()],
        "month": scene.date(day)[:7],
        "planned": 8,
        "kept": 7,
        "appraisal": m.appraisal("moderate"),
    }


def _report_to_judge(scene: Scene, m: Marked, measure: SentEvent) -> None:
    scene.at(133, "15:00")
    scene.post(
        "mo",
        {
            "kind": "measure_report",
            "case": measure.case,
            "answers": [measure.ref()],
            "parents": [m.parent("Mme Modèle")],
            "school": {"level": "1re", "remarks": m("assidue depuis deux mois")},
            "observations": [m.seen(scene.date(130), "aucune fugue depuis dix semaines")],
            "appraisal": m.appraisal("low"),
            "proposed": ["none"],
            "proposal": m("ne pas renouveler"),
            "final": True,
        },
        _("The report to the judge, fifteen days before the measure ends."),
        to={"je": Gets("R28", "FACTS FAMILY MEASURE.proposal RISK SCHOOLING", left_out="CONTACT")},
        closes=("mo>je R28",),
    )


def ended(scene: Scene, measure: SentEvent, followed: SentEvent) -> None:
    """The judge ends the measure, the ASE the follow-up."""
    scene.at(ENDS, "10:00")
    end = scene.post(
        "je",
        {
            "kind": "measure_end",
            "case": measure.case,
            "measure": "aemo_reinforced",
            "ended_on": scene.date(ENDS),
            "ends": [measure.ref()],
            "to": ["ase", "mo"],
        },
        _("The measure ends, and with it the home-based service's monthly reports."),
        to={desk: Gets("R26", "MEASURE") for desk in ("ase", "mo")},
        opens={"ase>je ACK:received": "1wd"},
        closes=(MO_R31,),
        title=_("end of the measure"),
    )
    scene.at(ENDS, "11:00")
    scene.ack("ase", end, closes=("ase>je ACK:received",))
    scene.post(
        "ase",
        {
            "kind": "measure_end",
            "case": measure.case,
            "measure": "specialist_followup",
            "ended_on": scene.date(ENDS),
            "ends": [followed.ref()],
            "told": TOLD,
        },
        _("The specialist follow-up ends too."),
        to={"asso": Gets("R30", "MEASURE")},
        closes=(ASSO_R31,),
        title=_("end of the follow-up"),
    )
