"""B. Urgent: a Friday evening, two doors of one school, a placement (domain §7.2)."""

from __future__ import annotations

from typing import Any

from services.play.demo.bus import Bus
from services.play.demo.expected import Gets
from services.play.demo.scene import Scene, Sent
from services.play.demo.screen import Teller
from services.play.demo.stories.marked import NOT_TOLD, TOLD, Marked, reference

_REPORTED = "CONTACT FACTS FACTS.third_party FAMILY IDENTITY LOCATION SCHOOLING"
_HEALTH_TOO = "CONTACT FACTS FACTS.third_party FAMILY HEALTH.vital IDENTITY LOCATION RISK SCHOOLING"


def play(bus: Bus, teller: Teller) -> None:
    """Play story B."""
    scene, m = Scene(bus, teller), Marked(bus.marker)
    scene.begin(
        "B", "Vendredi, 17 h 40", "Friday, 5.40 p.m.",
        weekday=4, at="17:40",
    )  # fmt: skip
    head, social = _reports(scene, m)
    copies = _copies(scene, m, head, social)
    inquiry = _inquiry(scene, m, head)
    opp = _placed(scene, m, head)
    _hearing(scene, m, inquiry)
    _judge(scene, m, opp, copies)
    _answers(scene, head, social, inquiry)
    scene.end()


def _reports(scene: Scene, m: Marked) -> tuple[Sent, Sent]:
    scene.note(
        "Une élève de 15 ans montre des messages et une blessure. La cheffe d'établissement "
        "appelle d'abord le magistrat de permanence ; l'écrit suit l'appel.",
        "A 15-year-old pupil shows messages and an injury. The head teacher first calls the duty "
        "magistrate; the written report follows the call.",
    )
    head = scene.post(
        "edu-h-1",
        _report(scene, m, "HEAD") | {"kind": "signalement", "to": ["parq-civ"]},
        "Les parents ne sont pas informés : une implication familiale est soupçonnée. La copie à la "
        "CRIP manque : le bus remet quand même, et note qu'elle est due.",
        "The parents are not informed: family involvement is suspected. The CRIP's copy is "
        "missing: the bus delivers all the same, and notes that it is owed.",
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
        "L'infirmière, tenue au secret, peut ajouter ce qu'elle a vu : signes et danger.",
        "The nurse, bound by secrecy, may add what she saw: signs and danger.",
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


def _copies(scene: Scene, m: Marked, head: Sent, social: Sent) -> tuple[Sent, Sent]:
    """Each issuer owes its own copy: nobody else could make it, the bus least of all."""
    scene.at(0, "18:20")
    first = scene.post(
        "edu-h-1",
        _report(scene, m, "HEAD") | {"kind": "signalement_copy", "answers": [head.ref()]},
        "Quarante minutes plus tard.",
        "Forty minutes later.",
        to={"crip": Gets("R11.1", _REPORTED, left_out="HEALTH.vital RISK")},
        opens={"crip>edu-h-1 ACK:received": "1wd"},
        closes=("edu-h-1>crip R11",),
    )
    scene.at(0, "18:35")
    second = scene.post(
        "edu-s",
        _report(scene, m, "SOCIAL") | {"kind": "signalement_copy", "answers": [social.ref()]},
        "Le service social doit la sienne, et l'envoie aussi.",
        "The social service owes its own, and sends it too.",
        to={"crip": Gets("R11.2", _HEALTH_TOO)},
        opens={"crip>edu-s ACK:received": "1wd"},
        closes=("edu-s>crip R11",),
    )
    return first, second


def _inquiry(scene: Scene, m: Marked, head: Sent) -> Sent:
    scene.at(0, "18:50")
    scene.note(
        "Le parquet passe, en son sein et hors du bus, de sa casquette civile à sa casquette "
        "pénale. L'enquête va sur un autre bus, que la loi tient séparé.",
        "The prosecutor passes, within his own office and off the bus, from his civil to his "
        "criminal hat. The inquiry goes by another bus, kept apart by law.",
    )
    sent = scene.post(
        "parq-crim",
        {
            "kind": "soit_transmis",
            "case": head.case,
            "parquet_number": m("PARQ-26-0091"),
            "instruction": m("identifier l'exploiteur, entendre la mineure"),
            "acts": ["hear_minor", "identify_exploiter", "examine_media"],
            "qualification": m("proxénétisme aggravé"),
            "minor": m.minor("Maya", "2011-02-03") | {"surname": m("Exemple")},
            "parents": [m.parent("Mme Exemple")],
            "observations": [m.seen(scene.date(), "messages de rendez-vous, blessure au poignet")],
            "exploiters": [{"name": m("« Sacha »"), "role": "suspected_exploiter"}],
            "appraisal": m.appraisal("grave_and_immediate"),
            "health_note": m("blessure au poignet"),
            "whereabouts": {"place": m("Lycée Exemple"), "kind": "school"},
        },
        "Les faits et les tiers nommés, ni l'appréciation sociale ni la santé.",
        "The facts and the named third parties, neither the social appraisal nor health.",
        to={
            "pol": Gets(
                "R21",
                "CONTACT FACTS FACTS.third_party IDENTITY LOCATION PROCEDURE",
                left_out="FAMILY HEALTH.vital RISK",
            )
        },
        opens={"pol>parq-crim ACK:received": "24h"},
    )
    scene.view(
        "Rien ne relie les deux bus : le jeton du dossier pénal est un autre.",
        "Nothing joins the two buses: the criminal case's token is another one.",
        sent.case != head.case, True,
    )  # fmt: skip
    scene.at(0, "19:10")
    scene.ack("pol", sent, closes=("pol>parq-crim ACK:received",))
    return sent


def _placed(scene: Scene, m: Marked, head: Sent) -> Sent:
    scene.at(0, "20:15")
    opp = scene.post(
        "parq-civ",
        {
            "kind": "opp",
            "case": head.case,
            "parquet_number": m("PARQ-26-0091"),
            "decided_on": scene.date(),
            "custodian": m("Aide sociale à l'enfance de la Seine-Saint-Denis"),
            "entrusted_to": "home-1",
            "minor": m.minor("Maya", "2011-02-03"),
            "parents": [m.parent("Mme Exemple")],
            "whereabouts": {"place": m("Lycée Exemple"), "kind": "school"},
            "safety_note": m("ne pas communiquer l'adresse du foyer"),
            "suspects": [{"name": m("« Sacha »"), "role": "suspected_exploiter"}],
            "call": {
                "to": "duty_officer", "at": scene.moment(0, "20:05"), "reference": reference("OPP"),
            },
        },
        "Maya dormira au foyer ce soir. L'ordonnance part sans le nom du suspect.",
        "Maya will sleep at the home tonight. The order leaves without the suspect's name.",
        to={
            desk: Gets(
                "R25",
                "FAMILY IDENTITY LOCATION MEASURE RISK.safety",
                left_out="CONTACT FACTS.third_party",
            )
            for desk in ("ase", "home-1")
        },
        opens={
            "ase>parq-civ ACK:received": "1h",
            "home-1>parq-civ ACK:received": "1h",
            "parq-civ>je R23": "8d",
        },
    )  # fmt: skip
    scene.at(0, "20:40")
    scene.ack("home-1", opp, closes=("home-1>parq-civ ACK:received",))
    scene.at(0, "20:55")
    scene.ack("ase", opp, closes=("ase>parq-civ ACK:received",))
    return opp


def _hearing(scene: Scene, m: Marked, inquiry: Sent) -> None:
    scene.at(1, "09:30")
    asked = scene.post(
        "pol",
        {
            "kind": "hearing_notice",
            "case": inquiry.case,
            "procedure_number": m("PV-2026-1207"),
            "unit": m("brigade des mineurs"),
            "minor": m.minor("Maya", "2011-02-03"),
            "hearing": {"at": scene.moment(1, "14:00"), "place": m("salle Mélanie"), "minutes": 60},
            "case_summary": m("résumé des faits"),
            "suspects": [{"name": m("« Sacha »"), "role": "suspected_exploiter"}],
            "authorisation": reference("AUTH-1"),
            "told": TOLD,
        },
        "La police demande une présence à l'audition : la date et le lieu, pas l'affaire.",
        "The police ask for somebody beside her at the hearing: date and place, not the case.",
        to={
            "asso": Gets(
                "R37",
                "IDENTITY PROCEDURE.hearing",
                left_out="FACTS.summary FACTS.third_party",
            )
        },
        opens={"asso>pol R38": "2h"},
    )
    scene.at(1, "10:15")
    scene.post(
        "asso",
        {
            "kind": "hearing_reply",
            "case": asked.case,
            "answers": [asked.ref()],
            "attends": True,
            "worker": m("A. Exemple"),
            "said_by_minor": m("ce qu'elle a confié"),
        },
        "Oui, et rien d'autre : ce que la jeune fille a confié reste à l'association.",
        "Yes, and nothing else: what the girl confided stays with the association.",
        to={"pol": Gets("R38", "CODE.attendance", left_out="FACTS")},
        closes=("asso>pol R38",),
    )


def _judge(scene: Scene, m: Marked, opp: Sent, copies: tuple[Sent, Sent]) -> None:
    scene.at(3, "09:30")
    scene.ack("crip", copies[0], closes=("crip>edu-h-1 ACK:received",))
    scene.ack("crip", copies[1], closes=("crip>edu-s ACK:received",))
    scene.at(3, "11:00")
    seizure = scene.post(
        "parq-civ",
        {
            "kind": "judge_seizure",
            "case": opp.case,
            "answers": [opp.ref()],
            "requested": "placement",
            "in_force": "placement_opp",
            "custodian": m("Aide sociale à l'enfance"),
            "opp_decided_on": scene.date(0),
            "minor": m.minor("Maya", "2011-02-03"),
            "parents": [m.parent("Mme Exemple")],
            "observations": [m.seen(scene.date(0), "messages, blessure, fugues nocturnes")],
            "appraisal": m.appraisal("grave_and_immediate"),
            "criminal_file": m("procès-verbaux"),
        },
        "Au jour 3 (limite : jour 8). Le dossier pénal n'y est pas.",
        "On day 3 (limit: day 8). The criminal file is not in it.",
        to={"je": Gets("R23", "CONTACT FACTS FAMILY IDENTITY MEASURE RISK", left_out="PROCEDURE")},
        opens={"je>parq-civ R26|R27": "15d"},
        closes=("parq-civ>je R23",),
    )
    scene.at(14, "16:00")
    decision = scene.post(
        "je",
        {
            "kind": "decision",
            "case": seizure.case,
            "answers": [seizure.ref()],
            "rg_number": m("RG 26/00417"),
            "measure": "placement",
            "decided_on": scene.date(14),
            "custodian": m("Aide sociale à l'enfance"),
            "entrusted_to": "home-1",
            "minor": m.minor("Maya", "2011-02-03"),
            "parents": [m.parent("Mme Exemple")],
            "grounds": m("motifs de la décision"),
        },
        "Le juge décide onze jours après sa saisine (limite : quinze).",
        "The judge rules eleven days after being seized (limit: fifteen).",
        to={
            desk: Gets("R26", "CONTACT FAMILY IDENTITY MEASURE", left_out="FACTS")
            for desk in ("ase", "home-1")
        },
        opens={"ase>je ACK:received": "1wd", "home-1>je ACK:received": "1wd"},
        closes=("je>parq-civ R26|R27",),
    )
    scene.at(17, "09:10")
    scene.ack("home-1", decision, closes=("home-1>je ACK:received",))
    scene.ack("ase", decision, closes=("ase>je ACK:received",))


def _answers(scene: Scene, head: Sent, social: Sent, inquiry: Sent) -> None:
    scene.at(17, "10:00")
    scene.post(
        "parq-civ",
        {
            "kind": "department_feedback",
            "case": head.case,
            "status": "judge_seized",
            "since": scene.date(3),
            "measure": "placement",
        },
        "Le parquet dit au Département la suite donnée : un code et la mesure.",
        "The prosecutor tells the Département the outcome: a code and the measure.",
        to={"crip": Gets("R40", "MEASURE PROCEDURE.status")},
    )
    for sent in (head, social):
        scene.outcome(
            "parq-civ", sent,
            "À chaque auteur du signalement, la suite donnée, par un code seul.",
            "To each author of the report, its outcome, by a code alone.",
            code="measure_ordered", to={sent.desk: Gets("R41.1", "CODE.outcome")},
            closes=(f"parq-civ>{sent.desk} R41",),
        )  # fmt: skip
    scene.post(
        "parq-crim",
        {
            "kind": "report_outcome",
            "case": inquiry.case,
            "answers": [inquiry.ref(realm="criminal")],
            "outcome": "prosecuted",
        },
        "Et à la police, sur le bus pénal.",
        "And to the police, on the criminal bus.",
        to={"pol": Gets("R41.2", "CODE.outcome")},
    )


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
