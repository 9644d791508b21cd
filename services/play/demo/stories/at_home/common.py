"""What the parts of the story share: its days, its duties, its child."""

from __future__ import annotations

from typing import Any, Final

from services.play.demo.scene import Scene, SentEvent
from services.play.demo.stories.marked import Marked

ACCEPTED: Final = 32  # day of the story on which the association takes the follow-up
STARTED: Final = 52  # on which the measure starts
ENDS: Final = 149  # on which it ends

R40: Final = "parq-civ>crip R40"
R12_OR_R39: Final = "crip>parq-civ R12|R39"
ASSO_R31: Final = "asso>ase R31"
MO_R31: Final = "mo>ase R31"
START: Final = "mo>je ACK:started"


def child(m: Marked) -> dict[str, Any]:
    """Jade, as most agencies write her."""
    return m.minor("Jade", "2010-09-21")


def to_the_prosecutor(scene: Scene, m: Marked, alert: SentEvent) -> dict[str, Any]:
    """The CRIP's report to the prosecutor, as it files it twice."""
    return {
        "kind": "crip_signalement",
        "case": alert.case,
        "qualification": "danger",
        "child": child(m),
        "parents": [m.parent("Mme Modèle")],
        "observations": [m.seen(scene.date(-3), "fugues répétées, cadeaux d'un adulte")],
        "appraisal": m.appraisal(),
        "signs": ["exhaustion"],
        "exploiters": [{"name": m("« Dany »"), "role": "suspected_exploiter"}],
        "measure_in_force": "none",
        "whereabouts": {"place": m("domicile"), "kind": "home"},
    }
