"""How Sam came to the home."""

from __future__ import annotations

from services.play.demo.expected import Gets
from services.play.demo.scene import Scene
from services.play.demo.stories.marked import Marked, reference
from services.play.demo.stories.runaway.common import child
from services.texts import Catalogue

_ = Catalogue(__name__)


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
