"""Two doors of one school, and the copy that each of them owes."""

from __future__ import annotations

from typing import Any

from services.play.demo.expected import Gets
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.stories.marked import NOT_TOLD, Marked, reference
from services.texts import Catalogue

_ = Catalogue(__name__)

_REPORTED = "CONTACT FACTS FACTS.third_party FAMILY IDENTITY LOCATION SCHOOLING"
_HEALTH_TOO = "CONTACT FACTS FACTS.third_party FAMILY HEALTH.vital IDENTITY LOCATION RISK SCHOOLING"


def reports(scene: Scene, m: Marked) -> tuple[SentEvent, SentEvent]:
    """Two reports to the prosecutor, by the head teacher and by the social service."""
    scene.note(
        _(
            "Maya, 15, shows messages and an injury. The head teacher first telephones the duty "
            "magistrate; the written report follows the call."
        ),
    )
    head = scene.post(
        "edu-h-1",
        _report(scene, m, "HEAD") | {"kind": "signalement", "to": ["parq-civ"]},
        _(
            "The parents are not informed, for the family may be involved. The copy for the CRIP "
            "is missing: urgency comes first, the bus delivers and notes that the copy is due."
        ),
        to={"parq-civ": Gets("R08", _REPORTED, left_out="HEALTH.vital RISK")},
        opens={
            "parq-civ>edu-h-1 ACK:received": "2h",
            "edu-h-1>crip R11": "1wd",
            "parq-civ>edu-h-1 R41": "15wd",
        },
    )
    scene.at(0, "17:50")
    social = scene.post(
        "edu-s",
        _report(scene, m, "SOCIAL") | {"kind": "signalement", "to": ["parq-civ"]},
        _(
            "Bound by secrecy, the nurse may add what the head teacher may not: the signs that "
            "she saw, and how grave she finds them."
        ),
        to={"parq-civ": Gets("R09", _HEALTH_TOO)},
        opens={
            "parq-civ>edu-s ACK:received": "2h",
            "edu-s>crip R11": "1wd",
            "parq-civ>edu-s R41": "15wd",
        },
    )
    scene.at(0, "17:58")
    scene.ack("parq-civ", head, closes=("parq-civ>edu-h-1 ACK:received",))
    scene.ack("parq-civ", social, closes=("parq-civ>edu-s ACK:received",))
    return head, social


def copies_sent(
    scene: Scene, m: Marked, head: SentEvent, social: SentEvent
) -> tuple[SentEvent, SentEvent]:
    """Each issuer owes its own copy: nobody else could make it, the bus least of all."""
    scene.at(0, "18:20")
    first = scene.post(
        "edu-h-1",
        _report(scene, m, "HEAD") | {"kind": "signalement_copy", "answers": [head.ref()]},
        _("The copy follows forty minutes later."),
        to={"crip": Gets("R11.1", _REPORTED, left_out="HEALTH.vital RISK")},
        opens={"crip>edu-h-1 ACK:received": "1wd"},
        closes=("edu-h-1>crip R11",),
    )
    scene.at(0, "18:35")
    second = scene.post(
        "edu-s",
        _report(scene, m, "SOCIAL") | {"kind": "signalement_copy", "answers": [social.ref()]},
        _(
            "Each author owes its own copy: nobody else could make it, and the bus least of all, "
            "which cannot read."
        ),
        to={"crip": Gets("R11.2", _HEALTH_TOO)},
        opens={"crip>edu-s ACK:received": "1wd"},
        closes=("edu-s>crip R11",),
    )
    return first, second


def _report(scene: Scene, m: Marked, call: str) -> dict[str, Any]:
    """The school's form, as each of its two desks fills it."""
    return {
        "reference": m(f"SIG-2026-{call}"),
        "pupil": m.minor("Maya", "2011-02-03") | {"last_name": m("Exemple")},
        "establishment": {"uai": "0930001Y", "name": m("Lycée Exemple"), "level": "2nde"},
        "absences": {"half_days": 9, "unjustified": 9},
        "parents": [m.parent("Mme Exemple"), m.parent("M. Exemple", "father")],
        "observations": [
            {
                "seen_on": scene.date(0),
                "seen": m("messages fixant des rendez-vous, blessure au poignet"),
                "words": m("« il sait où j'habite »"),
            }
        ],
        "named_persons": [{"name": m("« Sacha »"), "who": "suspected_exploiter"}],
        "appraisal": m.appraisal("grave_and_immediate", ("exploitation", "family_suspected")),
        "signs": ["visible_injury"],
        "nurse_note": m("plaie superficielle au poignet"),
        "place": {"name": m("Lycée Exemple"), "kind": "school"},
        "told": NOT_TOLD,
        "danger": True,
        "call": {
            "to": "duty_magistrate", "at": scene.moment(0, "17:32"), "reference": reference(call),
        },
    }  # fmt: skip
