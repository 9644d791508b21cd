"""A. Refused: a school writes to the police; the right door is the CRIP."""

from __future__ import annotations

from contracts.decision.draft import Draft, DraftAddressee, Portion
from contracts.vocabulary.categories import (
    Fact,
    Facts,
    HealthVital,
    Identity,
    Schooling,
    ThirdParty,
)
from contracts.vocabulary.categories import ThirdPerson as Person
from services.play.demo.bus import Bus
from services.play.demo.expected import Denied, Gets
from services.play.demo.scene import Scene
from services.play.demo.screen import Teller
from services.play.demo.stories.marked import TOLD, Marked
from services.texts import Catalogue

OWED = ("crip>edu-s ACK:received", "crip>edu-s R39:final")

_ = Catalogue(__name__)


def play(bus: Bus, teller: Teller) -> None:
    """Play story A."""
    scene, m = Scene(bus, teller), Marked(bus.marker)
    scene.begin(
        "A", _("The wrong door, then the right one"),
        weekday=0, at="08:15",
    )  # fmt: skip
    _wrong_door(scene, m)
    _past_the_service(scene, bus, m)
    _right_door(scene, m)
    scene.end()


def _wrong_door(scene: Scene, m: Marked) -> None:
    scene.note(
        _(
            "A head teacher is worried about Inès: repeated absences, a rumour that a classmate "
            "tells, with two names, a note by the nurse. She wants to tell the police."
        ),
    )
    record = {
        "kind": "police_notification",
        "reference": m("COL-2026-017"),
        "pupil": m.minor("Inès", "2011-04-12") | {"ine": "1098765432B"},
        "establishment": {"uai": "0930000X", "name": m("Collège Exemple"), "level": "4e"},
        "absences": {"half_days": 14, "unjustified": 11, "since": scene.date(-20)},
        "observations": [{"seen_on": scene.date(-1), "seen": m("une camarade raconte une rumeur")}],
        "named_persons": [
            {"name": m("Karim E."), "who": "classmate"},
            {"name": m("Sofia E."), "who": "classmate"},
        ],
        "nurse_note": m("fatigue, ecchymoses aux bras"),
    }
    scene.post(
        "edu-h-1", record,
        _("Her own service lets no content out: only the attempt is recorded, and refused."),
        to={
            "pol": Denied(
                "no_clause",
                left_out="FACTS FACTS.third_party HEALTH.vital IDENTITY SCHOOLING",
                doors="R02 R08 R01",
            )
        },
    )  # fmt: skip
    scene.nothing_new("pol", _("Nothing has reached the police."))


def _past_the_service(scene: Scene, bus: Bus, m: Marked) -> None:
    scene.note(
        _(
            "Somebody tries to get round it: another school, with valid keys of its own, writes "
            "the same content straight into the log, sealed for the police."
        ),
    )
    bodies = (
        ("IDENTITY", Identity(first_name=m("Inès"), birth_date="2011-04-12", sex="female")),
        ("SCHOOLING", Schooling(half_days_absent=14, half_days_unjustified=11)),
        ("FACTS", Facts(facts=(Fact(observed=m("une camarade raconte une rumeur")),))),
        (
            "FACTS.third_party",
            ThirdParty(persons=(Person(name=m("Karim E."), role="peer"),)),
        ),
        ("HEALTH.vital", HealthVital(observed=m("fatigue, ecchymoses aux bras"))),
    )
    portions = {scope: Portion(body, ()) for scope, body in bodies}
    draft = Draft(
        issuer="edu-h-2", realm="civil", etype="IP", reference=m("COL-2026-018"),
        to=(DraftAddressee("pol", "assess", portions),),
    )  # fmt: skip
    events = bus.publish_raw("edu-h-2", draft)
    bus.settle()
    scene.note(
        _(
            "The schools' own service sees that somebody else has used one of its keys, and warns "
            "its operators."
        ),
    )
    decision = bus.decision_on(events[0])
    scene.view(
        _(
            "The router, which can read nothing of it, refuses it all the same: no clause allows "
            "it."
        ),
        (decision.get("refused"), [one["reasons"] for one in decision.get("addressees", ())]),
        (True, [["no_clause"]]),
    )
    scene.nothing_new(
        "pol",
        _(
            "The log proves it to whoever has no key: this content was never delivered to the "
            "police."
        ),
    )


def _right_door(scene: Scene, m: Marked) -> None:
    scene.at(0, "14:00")
    first = scene.post(
        "edu-s", _concern(scene, m, "propos inquiétants d'Inès sur des « soirées »"),
        _(
            "The school social service takes the right door: it tells what was observed, and the "
            "parents are informed."
        ),
        to={
            "crip": Gets(
                "R01",
                "CONTACT FACTS FAMILY HEALTH.vital IDENTITY RISK SCHOOLING",
                left_out="HEALTH",
            )
        },
        opens={OWED[0]: "1wd", OWED[1]: "3mo"},
    )  # fmt: skip
    scene.at(0, "16:30")
    scene.ack("crip", first, closes=OWED[:1])
    scene.at(9, "10:00")
    scene.outcome(
        "crip", first,
        _("The CRIP has examined it: for now, this is no child-concern alert."),
        code="not_ip", to={"edu-s": Gets("R39.1", "CODE.outcome")}, closes=OWED[1:],
    )  # fmt: skip

    scene.at(21, "11:20")
    second = scene.post(
        "edu-s", _concern(scene, m, "deuxième téléphone, un adulte l'attend à la sortie"),
        _("A new fact: a second alert, to be answered within its own three months."),
        to={
            "crip": Gets(
                "R01",
                "CONTACT FACTS FAMILY HEALTH.vital IDENTITY RISK SCHOOLING",
                left_out="HEALTH",
            )
        },
        opens={OWED[0]: "1wd", OWED[1]: "3mo"},
    )  # fmt: skip
    scene.at(22, "09:00")
    scene.ack("crip", second, closes=OWED[:1])
    scene.at(25, "15:00")
    scene.outcome(
        "crip", second,
        _("This time an evaluation begins. It is news, not yet the outcome."),
        code="being_evaluated", to={"edu-s": Gets("R39.1", "CODE.outcome")},
    )  # fmt: skip
    scene.at(74, "17:00")
    scene.outcome(
        "crip", second,
        _(
            "Before the three months of the law are over, whoever alerted learns the outcome, by "
            "a code alone: help is in place."
        ),
        code="help_in_place", to={"edu-s": Gets("R39.1", "CODE.outcome")}, closes=OWED[1:],
    )  # fmt: skip


def _concern(scene: Scene, m: Marked, fact: str) -> dict[str, object]:
    return {
        "kind": "information_preoccupante",
        "reference": m("SSE-2026-044"),
        "pupil": m.minor("Inès", "2011-04-12"),
        "establishment": {"uai": "0930000X", "name": m("Collège Exemple"), "level": "4e"},
        "absences": {"half_days": 16, "unjustified": 12, "since": scene.date(-20)},
        "parents": [m.parent("Mme Exemple")],
        "observations": [
            {"seen_on": scene.date(scene.today()), "seen": m(fact), "words": m("« je gère »")}
        ],
        "appraisal": m.appraisal(flags=("exploitation", "online_contact")),
        "signs": ["exhaustion"],
        "nurse_note": m("fatigue"),
        "medical_file": m("dossier infirmier complet"),
        "told": TOLD,
    }
