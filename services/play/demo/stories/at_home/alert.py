"""The alert, the prosecutor's instruction, the evaluation, and back to the prosecutor."""

from __future__ import annotations

from services.play.demo.expected import Gets
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.stories.at_home.common import (
    R12_OR_R39,
    R40,
    to_the_prosecutor,
)
from services.play.demo.stories.marked import TOLD, Marked
from services.texts import Catalogue

_ = Catalogue(__name__)


def referred(scene: Scene, m: Marked) -> tuple[SentEvent, SentEvent]:
    """The school alerts the CRIP, which goes to the prosecutor."""
    alert = scene.post(
        "edu-s",
        {
            "kind": "information_preoccupante",
            "reference": m("SSE-2027-009"),
            "pupil": m.minor("Jade", "2010-09-21"),
            "establishment": {"uai": "0930003A", "name": m("Lycée Modèle"), "level": "1re"},
            "absences": {"half_days": 18},
            "parents": [m.parent("Mme Modèle")],
            "observations": [{"seen_on": scene.date(-3), "seen": m("troisième fugue, cadeaux")}],
            "appraisal": m.appraisal(flags=("exploitation", "runaway_repeated")),
            "signs": ["exhaustion"],
            "told": TOLD,
        },
        _("Jade, 16, has run away before. The social service alerts the CRIP."),
        to={"crip": Gets("R01", "CONTACT FACTS FAMILY HEALTH.vital IDENTITY RISK SCHOOLING")},
        opens={"crip>edu-s ACK:received": "1wd", "crip>edu-s R39:final": "3mo"},
    )
    scene.at(0, "11:00")
    scene.ack("crip", alert, closes=("crip>edu-s ACK:received",))
    scene.at(1, "10:00")
    first = scene.post(
        "crip", to_the_prosecutor(scene, m, alert) | {"parents_told": "written"},
        _(
            "The CRIP goes to the prosecutor and tells the parents in writing. It may not name "
            "the suspected exploiters: the convention has no clause for that."
        ),
        to={
            "parq-civ": Gets(
                "R12",
                "CONTACT FACTS FAMILY HEALTH.vital IDENTITY LOCATION MEASURE RISK",
                left_out="FACTS.third_party",
            )
        },
        opens={"parq-civ>crip ACK:received": "2wd", R40: "15wd"},
    )  # fmt: skip
    return alert, first


def instructed(scene: Scene, m: Marked, first: SentEvent) -> SentEvent:
    """The prosecutor asks for a joint evaluation."""
    scene.at(2, "10:00")
    scene.ack("parq-civ", first, closes=("parq-civ>crip ACK:received",))
    asked = scene.post(
        "parq-civ",
        {
            "kind": "soit_transmis",
            "case": first.case,
            "parquet_number": m("PARQ-27-0044"),
            "due": scene.date(30),
            "instruction": m("évaluer avec l'association spécialisée"),
            "request": "joint_evaluation",
            "qualification": m("proxénétisme"),
            "minor": m.minor("Jade", "2010-09-21"),
            "parents": [m.parent("Mme Modèle")],
        },
        _(
            "The prosecutor asks for a joint evaluation by a set date, and says nothing of the "
            "inquiry."
        ),
        to={"crip": Gets("R22", "CONTACT FACTS.summary IDENTITY", left_out="FAMILY PROCEDURE")},
        opens={"crip>parq-civ ACK:received": "1wd", R12_OR_R39: scene.date(30)},
    )
    scene.at(2, "14:00")
    scene.ack("crip", asked, closes=("crip>parq-civ ACK:received",))
    return asked
