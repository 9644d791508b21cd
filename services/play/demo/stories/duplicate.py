"""C. Duplicate: two alerts and the 119, one child, one evaluation."""

from __future__ import annotations

from typing import Any

from services.play.demo.bus import Bus
from services.play.demo.expected import Denied, Gets
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.screen import Teller
from services.play.demo.stories.marked import TOLD, Marked
from services.texts import Catalogue

_R18 = "ase>crip R18"

_ = Catalogue(__name__)


def play(bus: Bus, teller: Teller) -> None:
    """Play story C."""
    scene, m = Scene(bus, teller), Marked(bus.marker)
    scene.begin(
        "C", _("Two alerts, one child"),
        weekday=0, at="10:00", not_before="2027-01-04",
    )  # fmt: skip
    street, school = _alerts(scene, m)
    request = _evaluation_opened(scene, m, school)
    _linked(scene, street, school)
    _contribution(scene, m, street, school)
    _each_kept_apart(scene, street, school)
    _evaluated(scene, m, request)
    _feedback(scene, street, school)
    scene.end()


def _alerts(scene: Scene, m: Marked) -> tuple[SentEvent, SentEvent]:
    street = scene.post(
        "psp",
        {
            "kind": "information_preoccupante",
            "reference": m("RUE-31"),
            "young_person": {"known_as": m("Lou"), "age": 15, "phone": "06 99 00 00 00"},
            "worker": m("B. Exemple"),
            "observations": [m.seen(scene.date(), "attend chaque soir devant le même hôtel")],
            "peers": [{"name": m("Nour"), "role": "peer"}],
            "appraisal": m.appraisal(),
            "meeting_place": {"place": m("Hôtel Exemple"), "kind": "hotel"},
            "confidences": m("ce que Lou a confié"),
            "danger": True,
            "told": TOLD,
        },
        _(
            "A street worker knows only a first name and an age. The place, the friend and what "
            "was confided stay with her."
        ),
        to={
            "crip": Gets(
                "R04", "CONTACT FACTS IDENTITY RISK", left_out="FACTS.third_party LOCATION"
            )
        },
        opens={"crip>psp ACK:received": "1wd", "crip>psp R39:final": "3mo"},
    )
    scene.at(0, "16:00")
    scene.ack("crip", street, closes=("crip>psp ACK:received",))
    scene.at(2, "11:00")
    school = scene.post(
        "edu-s",
        {
            "kind": "information_preoccupante",
            "reference": m("SSE-2026-071"),
            "pupil": m.minor("Louise", "2011-06-30") | {"last_name": m("Essai")},
            "establishment": {"uai": "0930002Z", "name": m("Collège Essai"), "level": "3e"},
            "absences": {"half_days": 22, "unjustified": 20},
            "parents": [m.parent("M. Essai", "father")],
            "observations": [
                {"seen_on": scene.date(2), "seen": m("s'endort en cours, nouveau téléphone")}
            ],
            "appraisal": m.appraisal(flags=("exploitation", "isolation")),
            "signs": ["exhaustion"],
            "told": TOLD,
        },
        _("A school alerts too, without knowing of the first alert; it has the full identity."),
        to={"crip": Gets("R01", "CONTACT FACTS FAMILY HEALTH.vital IDENTITY RISK SCHOOLING")},
        opens={"crip>edu-s ACK:received": "1wd", "crip>edu-s R39:final": "3mo"},
    )
    scene.at(2, "15:00")
    scene.ack("crip", school, closes=("crip>edu-s ACK:received",))
    return street, school


def _evaluation_opened(scene: Scene, m: Marked, school: SentEvent) -> SentEvent:
    scene.at(3, "09:00")
    scene.note(
        _(
            "Somebody calls 119, the helpline, which is not on the bus: the CRIP enters the call "
            "in its own register. Who called will not leave it."
        ),
    )
    scene.at(3, "14:00")
    return scene.post(
        "crip",
        {
            "kind": "evaluation_request",
            "case": school.case,
            "received_on": scene.date(3),
            "snated_number": m("SNATED-88120"),
            "qualification": "danger",
            "alerter": {"kind": "neighbour", "name": m("Mme Voisine")},
            "child": m.minor("Louise", "2011-06-30"),
            "parents": [m.parent("M. Essai", "father")],
            "school": {"establishment": m("Collège Essai"), "level": "3e"},
            "observations": [m.seen(scene.date(2), "absences, fatigue, nouveau téléphone")],
            "appraisal": m.appraisal(),
        },
        _(
            "The CRIP asks for an evaluation in the school's case. Its three months run from "
            "Wednesday."
        ),
        to={
            "ase": Gets(
                "R13", "CONTACT FACTS FAMILY IDENTITY RISK SCHOOLING", left_out="FACTS.source"
            )
        },
        opens={_R18: scene.months_after(2, 3)},
    )


def _linked(scene: Scene, street: SentEvent, school: SentEvent) -> None:
    scene.at(4, "10:30")
    scene.note(
        _(
            "Lou, Louise: inside the CRIP, never on the bus, a match is proposed, and a person "
            "confirms it."
        ),
    )
    pair = {
        "case": school.case, "peer": street.case,
        "earlier_on": scene.date(0), "confirmed": True,
    }  # fmt: skip
    linked = scene.post(
        "crip", pair | {"kind": "link"},
        _(
            "The two cases are linked. The evaluation is due earlier: its three months run from "
            "Monday."
        ),
        to={}, moves={_R18: scene.months_after(0, 3)},
    )  # fmt: skip
    scene.view(
        _("The link stands in both cases, or in neither."),
        len(linked.answer.events), 2,
    )  # fmt: skip
    scene.at(7, "09:20")
    scene.post(
        "crip", pair | {"kind": "unlink"},
        _("A doubt about the date of birth: the link is undone. The history stays."),
        to={}, moves={_R18: scene.months_after(2, 3)},
    )  # fmt: skip
    scene.at(8, "17:10")
    scene.post(
        "crip", pair | {"kind": "link"},
        _("The doubt is lifted, it is the same child: one evaluation, counted from Monday."),
        to={}, moves={_R18: scene.months_after(0, 3)},
    )  # fmt: skip


def _contribution(scene: Scene, m: Marked, street: SentEvent, school: SentEvent) -> None:
    scene.at(9, "09:00")
    asked = {
        "kind": "contribution_request",
        "child": m.minor("Louise", "2011-06-30"),
        "questions": ["attendance", "change_of_behaviour"],
        "alert_summary": m("ce que d'autres ont dit"),
        "told": TOLD,
    }
    scene.post(
        "crip", asked | {"case": street.case},
        _(
            "The CRIP asks the school in the wrong case, the street team's. The school has no "
            "part in it and must not even learn that it exists."
        ),
        to={
            "edu-s": Denied(
                "not_assigned",
                "R14",
                doors="R13 R15",
                left_out="FACTS.summary:not_permitted",
                withheld="CODE.questions:not_assigned IDENTITY:not_assigned",
            )
        },
    )  # fmt: skip
    questions = scene.post(
        "crip", asked | {"case": school.case},
        _(
            "Asked in its own case, the school gets coded questions: neither what others saw nor "
            "who they are."
        ),
        to={"edu-s": Gets("R14", "CODE.questions IDENTITY", left_out="FACTS.summary")},
        opens={"edu-s>crip R16": "10wd"},
    )  # fmt: skip
    scene.at(14, "16:45")
    answer = scene.post(
        "edu-s",
        {
            "kind": "evaluation_contribution",
            "case": questions.case,
            "answers": [questions.ref()],
            "absences": {"half_days": 30, "unjustified": 26},
            "observations": [
                {"seen_on": scene.date(12), "seen": m("deux absences d'une semaine, repli")}
            ],
            "named_persons": [{"name": m("Nour"), "who": "classmate"}],
            "appraisal": m.appraisal(),
            "told": TOLD,
        },
        _("The school answers, without naming another pupil."),
        to={"crip": Gets("R16", "FACTS RISK SCHOOLING", left_out="FACTS.third_party")},
        opens={"crip>edu-s ACK:received": "1wd"},
        closes=("edu-s>crip R16",),
    )
    scene.at(15, "09:30")
    scene.ack("crip", answer, closes=("crip>edu-s ACK:received",))


def _each_kept_apart(scene: Scene, street: SentEvent, school: SentEvent) -> None:
    scene.post(
        "crip",
        {
            "kind": "feedback", "case": school.case, "answers": [school.ref()],
            "outcome": "being_evaluated", "to": ["psp"],
        },
        _(
            "The CRIP answers the street team about the school's alert: it is not theirs to learn"
            " of."
        ),
        to={
            "psp": Denied("not_own_ip", "R39.1", withheld="CODE.outcome:not_own_ip")
        },
    )  # fmt: skip
    scene.nothing_new(street.desk, _("The street team has learnt nothing of the school's alert."))
    scene.nothing_new(school.desk, _("The school has learnt nothing of the street team's alert."))


def _evaluated(scene: Scene, m: Marked, request: SentEvent) -> None:
    scene.at(24, "11:00")
    report: dict[str, Any] = {
        "kind": "evaluation_report",
        "case": request.case,
        "answers": [request.ref()],
        "child": m.minor("Louise", "2011-06-30"),
        "parents": [m.parent("M. Essai", "father")],
        "school": {"level": "3e", "remarks": m("décrochage")},
        "observations": [m.seen(scene.date(20), "trois visites, deux entretiens")],
        "appraisal": m.appraisal("moderate"),
        "signs": ["exhaustion"],
        "proposed": ["aed"],
        "proposal": m("aide éducative à domicile, avec l'accord du père"),
        "criminal_note": m("ce que l'enquête aurait trouvé"),
        "final": True,
    }
    sent = scene.post(
        "ase", report,
        _("The evaluation report, without what an inquiry may have found."),
        to={
            "crip": Gets(
                "R18",
                "FACTS FAMILY HEALTH.vital IDENTITY MEASURE.proposal RISK SCHOOLING",
                left_out="CONTACT PROCEDURE",
            )
        },
        opens={"crip>ase ACK:decided": "5wd"},
        closes=(_R18,),
    )  # fmt: skip
    scene.at(28, "10:00")
    scene.ack(
        "crip", sent, "decided", closes=("crip>ase ACK:decided",),
        text=_("The CRIP has decided on it."),
    )  # fmt: skip


def _feedback(scene: Scene, street: SentEvent, school: SentEvent) -> None:
    scene.at(30, "14:00")
    for sent in (street, school):
        scene.outcome(
            "crip", sent,
            _("Each author gets an answer of its own, to its own alert."),
            code="help_in_place", to={sent.desk: Gets("R39.1", "CODE.outcome")},
            closes=(f"crip>{sent.desk} R39:final",),
        )  # fmt: skip
