"""What follows: the home's note, and a meeting."""

from __future__ import annotations

from services.play.demo.expected import Denied, Gets
from services.play.demo.scene import Scene
from services.play.demo.stories.marked import Marked
from services.play.demo.stories.runaway.common import NIGHT, child
from services.texts import Catalogue

_ = Catalogue(__name__)


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
