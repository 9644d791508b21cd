"""A. Refused: a school writes to the police; the right door is the CRIP (domain §7.1)."""

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

OWED = ("crip>edu-s ACK:received", "crip>edu-s R39:final")


def play(bus: Bus, teller: Teller) -> None:
    """Play story A."""
    scene, m = Scene(bus, teller), Marked(bus.marker)
    scene.begin(
        "A", "La mauvaise porte, puis la bonne", "The wrong door, then the right one",
        weekday=0, at="08:15",
    )  # fmt: skip
    _wrong_door(scene, m)
    _past_the_service(scene, bus, m)
    _right_door(scene, m)
    scene.end()


def _wrong_door(scene: Scene, m: Marked) -> None:
    scene.note(
        "Une principale de collège s'inquiète : absences, rumeur rapportée par une camarade avec "
        "deux noms, mot de l'infirmière. Elle veut prévenir la police.",
        "A head teacher is worried: absences, a rumour told by a classmate with two names, a note "
        "by the nurse. She wants to tell the police.",
    )
    record = {
        "kind": "police_notification",
        "reference": m("COL-2026-017"),
        "pupil": m.minor("Inès", "2011-04-12") | {"ine": "0123456789A"},
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
        "Le service de l'école n'envoie aucun contenu : la tentative seule est publiée, et refusée.",
        "The school's own service sends no content: the attempt alone is published, and refused.",
        to={
            "pol": Denied(
                "no_clause",
                left_out="FACTS FACTS.third_party HEALTH.vital IDENTITY SCHOOLING",
                doors="R02 R08 R01",
            )
        },
    )  # fmt: skip
    scene.nothing_new("pol", "Rien n'est arrivé à la police.", "Nothing has reached the police.")


def _past_the_service(scene: Scene, bus: Bus, m: Marked) -> None:
    scene.note(
        "À part, hors des services : un autre établissement, avec ses propres clés valides, écrit "
        "le même contenu directement sur Kafka, scellé pour la police.",
        "Apart, past the services: another school, with valid keys of its own, writes the same "
        "content straight to Kafka, sealed for the police.",
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
    decision = bus.decision_on(events[0])
    scene.view(
        "Le routeur, qui ne peut rien lire, le refuse tout de même : aucune clause.",
        "The router, which can read nothing, refuses it all the same: no clause.",
        (decision.get("refused"), [one["reasons"] for one in decision.get("addressees", ())]),
        (True, [["no_clause"]]),
    )
    scene.nothing_new(
        "pol",
        "L'auditeur le prouve sans clé : ce contenu n'a jamais été remis à la police.",
        "The auditor proves it without a key: this content was never delivered to the police.",
    )


def _right_door(scene: Scene, m: Marked) -> None:
    scene.at(0, "14:00")
    first = scene.post(
        "edu-s", _concern(scene, m, "propos inquiétants d'Inès sur des « soirées »"),
        "Le service social de l'établissement prend la bonne porte, avec des faits observés ; "
        "les parents sont informés.",
        "The school's social service takes the right door, with observed facts; the parents are "
        "informed.",
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
        "La CRIP qualifie : ce n'est pas une information préoccupante.",
        "The CRIP qualifies it: no information préoccupante.",
        code="not_ip", to={"edu-s": Gets("R39.1", "CODE.outcome")}, closes=OWED[1:],
    )  # fmt: skip

    scene.at(21, "11:20")
    second = scene.post(
        "edu-s", _concern(scene, m, "deuxième téléphone, un adulte l'attend à la sortie"),
        "Un second fait : une seconde alerte, avec son propre délai de retour.",
        "A second fact: a second alert, with a feedback deadline of its own.",
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
        "Cette fois, l'évaluation est engagée ; ce n'est pas encore l'issue.",
        "This time an evaluation is under way; that is not the outcome yet.",
        code="being_evaluated", to={"edu-s": Gets("R39.1", "CODE.outcome")},
    )  # fmt: skip
    scene.at(74, "17:00")
    scene.outcome(
        "crip", second,
        "Jour 74 : le retour sur l'issue, avant les trois mois de la loi. Le code seul.",
        "Day 74: feedback on the outcome, before the three months of the law. The code alone.",
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
