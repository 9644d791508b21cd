"""E. A runaway from a home: core message first, then the rest of it refused."""

from __future__ import annotations

from typing import Any

from services.play.demo.bus import Bus
from services.play.demo.expected import Denied, Gets
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.screen import Teller
from services.play.demo.stories.marked import TOLD, Marked, reference
from services.texts import Catalogue

_ = Catalogue(__name__)

NIGHT = 19  # day of the story of the runaway: a Monday


def child(m: Marked) -> dict[str, Any]:
    """Sam, as most agencies write him."""
    return m.minor("Sam", "2012-01-15", "male")


def play(bus: Bus, teller: Teller) -> None:
    """Play story E."""
    scene, m = Scene(bus, teller), Marked(bus.marker)
    scene.begin(
        "E", _("22:10, an empty room"),
        weekday=2, at="15:00", not_before="2027-09-01",
    )  # fmt: skip
    case = placed(scene, m)
    declared, repeated = missing(scene, m, case)
    school_told(scene, m, case)
    found(scene, m, declared)
    afterwards(scene, m, case)
    closed(scene, m, declared, repeated)
    scene.end()


def placed(scene: Scene, m: Marked) -> str:
    """The prelude: an emergency order, its judge, a home. Assigns parquet, ASE and home."""
    scene.note(
        _("First, how Sam came to the home."),
    )
    opp = scene.post(
        "parq-civ",
        {
            "kind": "opp",
            "reference": m("PARQ-27-0313"),
            "decided_on": scene.date(0),
            "custodian": m("Aide sociale à l'enfance"),
            "entrusted_to": "home-2",
            "minor": child(m),
            "parents": [m.parent("Mme Prélude")],
            "call": {
                "to": "duty_officer", "at": scene.moment(0, "14:40"), "reference": reference("E0"),
            },
        },
        _("The prosecutor places Sam at once, in an emergency."),
        to={
            desk: Gets("R25", "FAMILY IDENTITY MEASURE", left_out="CONTACT")
            for desk in ("ase", "home-2")
        },
        opens={
            "ase>parq-civ ACK:received": "1h",
            "home-2>parq-civ ACK:received": "1h",
            "parq-civ>je R23": "8d",
        },
    )  # fmt: skip
    scene.at(0, "15:30")
    scene.ack("ase", opp, closes=("ase>parq-civ ACK:received",))
    scene.ack("home-2", opp, closes=("home-2>parq-civ ACK:received",))
    scene.at(5, "11:00")
    seizure = scene.post(
        "parq-civ",
        {
            "kind": "judge_seizure",
            "case": opp.case,
            "answers": [opp.ref()],
            "requested": "placement",
            "in_force": "placement_opp",
            "minor": child(m),
            "parents": [m.parent("Mme Prélude")],
            "observations": [m.seen(scene.date(0), "violences à la maison")],
        },
        _("The judge is asked within the eight days of the law."),
        to={"je": Gets("R23", "CONTACT FACTS FAMILY IDENTITY MEASURE")},
        opens={"je>parq-civ R26|R27": "15d"},
        closes=("parq-civ>je R23",),
    )
    scene.at(12, "10:00")
    decision = scene.post(
        "je",
        {
            "kind": "decision",
            "case": opp.case,
            "answers": [seizure.ref()],
            "measure": "placement",
            "decided_on": scene.date(12),
            "custodian": m("Aide sociale à l'enfance"),
            "entrusted_to": "home-2",
            "minor": child(m),
            "parents": [m.parent("Mme Prélude")],
        },
        _("The judge entrusts Sam to the ASE; he stays at the home."),
        to={desk: Gets("R26", "CONTACT FAMILY IDENTITY MEASURE") for desk in ("ase", "home-2")},
        opens={"ase>je ACK:received": "1wd", "home-2>je ACK:received": "1wd"},
        closes=("je>parq-civ R26|R27",),
    )
    scene.at(12, "17:00")
    scene.ack("ase", decision, closes=("ase>je ACK:received",))
    scene.ack("home-2", decision, closes=("home-2>je ACK:received",))
    return opp.case


_SEARCH = "CONTACT HEALTH.vital IDENTITY IDENTITY.description LOCATION RISK.flags"
_PROTECT = "IDENTITY LOCATION RISK"


def missing(scene: Scene, m: Marked, case: str) -> tuple[SentEvent, SentEvent]:
    """The declaration, and a second one with too much in it."""
    scene.at(NIGHT, "22:10")
    scene.note(
        _(
            "22:10, Sam is not in his room. The home looks for him, telephones, then dials 17, "
            "the police."
        ),
    )
    scene.at(NIGHT, "23:05")
    declared = scene.post(
        "home-2", _declaration(scene, m, case),
        _(
            "What matters leaves at once: to the police what helps to find and to treat him, to "
            "the ASE and the prosecutor what helps to protect him."
        ),
        to={
            "pol": Gets("R33", _SEARCH, left_out="FACTS.third_party"),
            "ase": Gets("R34", _PROTECT, left_out="FACTS.third_party"),
            "parq-civ": Gets("R34", _PROTECT, left_out="FACTS.third_party"),
        },
        opens={
            "pol>home-2 ACK:received": "15min",
            "ase>home-2 ACK:received": "1h",
            "parq-civ>home-2 ACK:received": "1h",
        },
    )  # fmt: skip
    scene.nothing_new(
        "home-1",
        _("The other home learns nothing of it: two homes never see each other's children."),
    )
    scene.at(NIGHT, "23:12")
    scene.ack("pol", declared, closes=("pol>home-2 ACK:received",))
    scene.at(NIGHT, "23:20")
    repeated = scene.post(
        "home-2",
        _declaration(scene, m, case)
        | {
            "to": ["pol"],
            "observations": [m.seen(scene.date(NIGHT - 3), "évaluation complète, entretiens")],
            "siblings": [{"first_name": m("Alix")}],
            "family_situation": m("histoire familiale"),
        },
        _(
            "The home wants to attach Sam's whole evaluation. It stays behind; what matters "
            "passes all the same."
        ),
        to={
            "pol": Gets("R33", _SEARCH, left_out="FACTS FACTS.third_party FAMILY RISK"),
        },
        opens={"pol>home-2 ACK:received": "15min"},
    )  # fmt: skip
    scene.at(NIGHT, "23:30")
    scene.ack("pol", repeated, closes=("pol>home-2 ACK:received",))
    scene.at(NIGHT, "23:40")
    scene.ack("ase", declared, closes=("ase>home-2 ACK:received",))
    scene.ack("parq-civ", declared, closes=("parq-civ>home-2 ACK:received",))
    return declared, repeated


def _declaration(scene: Scene, m: Marked, case: str) -> dict[str, Any]:
    return {
        "kind": "runaway",
        "case": case,
        "runaway_number": 3,
        "child": child(m) | {"phone": "06 99 00 00 03"},
        "appearance": {
            "height_cm": 168, "build": "thin", "hair": m("brun, court"),
            "clothing": m("veste bleue"), "photo": m.photo(),
        },
        "last_seen": {
            "place": m("Foyer Exemple"), "kind": "home", "at": scene.moment(NIGHT, "21:30"),
        },
        "flags": ["exploitation", "runaway_repeated"],
        "appraisal": m.appraisal(flags=("exploitation", "runaway_repeated")),
        "signs": ["insulin"],
        "residents": [{"name": m("Noé"), "role": "resident"}],
        "call": {
            "to": "police_17", "at": scene.moment(NIGHT, "22:50"), "reference": reference("E17"),
        },
    }  # fmt: skip


def school_told(scene: Scene, m: Marked, case: str) -> None:
    """The school learns of the absence alone."""
    scene.at(NIGHT + 1, "08:20")
    notice = scene.post(
        "ase",
        {
            "kind": "absence_notice",
            "case": case,
            "to": ["edu-h-1"],
            "child": child(m),
            "status": "absence_known",
            "since": scene.date(NIGHT),
            "whereabouts": {"place": m("inconnu"), "kind": "other"},
            "cause": m("fugue"),
            "told": TOLD,
        },
        _("The next morning the school learns that the absence is known: neither where nor why."),
        to={"edu-h-1": Gets("R36", "CODE.absence IDENTITY", left_out="FACTS.summary LOCATION")},
        opens={"edu-h-1>ase ACK:received": "1wd"},
    )
    scene.at(NIGHT + 1, "09:00")
    scene.ack("edu-h-1", notice, closes=("edu-h-1>ase ACK:received",))


def found(scene: Scene, m: Marked, declared: SentEvent) -> None:
    """Sam is found, and heard with somebody beside him."""
    scene.at(NIGHT + 3, "04:40")
    finding = scene.post(
        "pol",
        {
            "kind": "found_minor",
            "case": declared.case,
            "answers": [declared.ref(to="home-2")],
            "procedure_number": m("PV-2027-2210"),
            "minor": child(m),
            "finding_place": {
                "place": m("gare d'un autre département"), "kind": "station",
                "at": scene.moment(NIGHT + 3, "03:50"),
            },
            "condition": ["exhaustion"],
            "statements": m("ce que Sam a déclaré"),
            "inquiry_open": False,
            "returned_to": "home-2",
        },
        _(
            "On the third night Sam is found in another département. Where, and in what state; "
            "not what he said."
        ),
        to={
            desk: Gets("R35", "HEALTH.vital IDENTITY LOCATION", left_out="PROCEDURE")
            for desk in ("ase", "home-2")
        },
        opens={"ase>pol ACK:received": "1h", "home-2>pol ACK:received": "1h"},
    )  # fmt: skip
    scene.at(NIGHT + 3, "05:00")
    scene.ack("home-2", finding, closes=("home-2>pol ACK:received",))
    scene.ack("ase", finding, closes=("ase>pol ACK:received",))
    scene.at(NIGHT + 3, "09:00")
    asked = scene.post(
        "pol",
        {
            "kind": "hearing_notice",
            "case": declared.case,
            "minor": child(m),
            "hearing": {"at": scene.moment(NIGHT + 3, "16:00"), "place": m("commissariat")},
            "authorisation": reference("AUTH-E"),
            "told": TOLD,
        },
        _("The police offer that the association be beside him at the hearing."),
        to={"asso": Gets("R37", "IDENTITY PROCEDURE.hearing")},
        opens={"asso>pol R38": "2h"},
    )
    scene.at(NIGHT + 3, "10:10")
    scene.post(
        "asso",
        {"kind": "hearing_reply", "case": asked.case, "answers": [asked.ref()], "attends": True},
        _("Yes."),
        to={"pol": Gets("R38", "CODE.attendance")},
        closes=("asso>pol R38",),
    )  # fmt: skip


def closed(scene: Scene, m: Marked, declared: SentEvent, repeated: SentEvent) -> None:
    """The home closes the search."""
    scene.at(NIGHT + 5, "11:00")
    end = scene.post(
        "home-2",
        {
            "kind": "runaway_end",
            "case": declared.case,
            "child": child(m),
            "ends": [declared.ref(), repeated.ref()],
        },
        _(
            "The home that had opened the search closes it. The key of Sam's photograph will be "
            "destroyed with the others of that week."
        ),
        to={
            "pol": Gets("R33", "IDENTITY"),
            "ase": Gets("R34", "IDENTITY"),
            "parq-civ": Gets("R34", "IDENTITY"),
        },
        opens={
            "pol>home-2 ACK:received": "15min",
            "ase>home-2 ACK:received": "1h",
            "parq-civ>home-2 ACK:received": "1h",
        },
        title=_("end of the search"),
    )
    scene.at(NIGHT + 5, "11:10")
    for desk in ("pol", "ase", "parq-civ"):
        scene.ack(desk, end, closes=(f"{desk}>home-2 ACK:received",))


def afterwards(scene: Scene, m: Marked, case: str) -> None:
    """The home reports; the ASE calls a meeting."""
    scene.at(NIGHT + 4, "10:00")
    note = scene.post(
        "home-2",
        {
            "kind": "incident_note",
            "case": case,
            "child": child(m),
            "observations": [m.seen(scene.date(NIGHT + 3), "retour, entretien éducatif")],
            "appraisal": m.appraisal(),
            "signs": ["exhaustion"],
            "whereabouts": {"place": m("Foyer Exemple"), "kind": "home"},
            "residents": [{"name": m("Noé"), "role": "resident"}],
        },
        _("The home reports to the ASE without naming the other resident."),
        to={
            "ase": Gets(
                "R06", "FACTS HEALTH.vital IDENTITY LOCATION RISK", left_out="FACTS.third_party"
            )
        },
        opens={"ase>home-2 ACK:received": "0d"},
    )
    scene.at(NIGHT + 4, "15:30")
    scene.ack("ase", note, closes=("ase>home-2 ACK:received",))
    scene.note(
        _("It was his third runaway in a month: the ASE calls those who take part to a meeting."),
    )
    called = scene.post(
        "ase",
        {
            "kind": "coordination_invitation",
            "case": case,
            "to": ["home-2", "home-1"],
            "at": scene.moment(NIGHT + 9, "14:00"),
            "minutes": 60,
            "premises": "HOME",
        },
        _("Home 1, named by mistake, has no part in Sam's case: nothing reaches it."),
        to={
            "home-2": Gets("R42", "CODE.meeting"),
            "home-1": Denied(
                "not_assigned",
                "R42",
                withheld="CODE.meeting:not_assigned",
                doors="R42 R42 R42",
                whole=False,
            ),
        },
        opens={"home-2>ase ACK:accepted": "5wd"},
    )
    scene.at(NIGHT + 4, "17:00")
    scene.ack("home-2", called, "accepted", closes=("home-2>ase ACK:accepted",))
