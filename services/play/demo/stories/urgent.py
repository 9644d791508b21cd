"""B. Urgent: a Friday evening, two doors of one school, a placement."""

from __future__ import annotations

from typing import Any

from services.play.demo.bus import Bus
from services.play.demo.expected import Gets
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.screen import Teller
from services.play.demo.stories.marked import NOT_TOLD, TOLD, Marked, reference
from services.texts import Catalogue

_ = Catalogue(__name__)


def play(bus: Bus, teller: Teller) -> None:
    """Play story B."""
    scene, m = Scene(bus, teller), Marked(bus.marker)
    scene.begin(
        "B", _("Friday, 17:40"),
        weekday=4, at="17:40",
    )  # fmt: skip
    head, social = reports(scene, m)
    copies = copies_sent(scene, m, head, social)
    inquiry = instructed(scene, m, head)
    opp = placed(scene, m, head)
    hearing(scene, m, inquiry)
    judge(scene, m, opp, copies)
    answers(scene, head, social, inquiry)
    scene.end()


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


def instructed(scene: Scene, m: Marked, head: SentEvent) -> SentEvent:
    """The prosecutor's instruction, on the criminal bus."""
    scene.at(0, "18:50")
    scene.note(
        _(
            "Within his own office and off the bus, the prosecutor passes from his civil to his "
            "criminal function. The inquiry goes by another bus, which the law keeps apart."
        ),
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
        _("The facts and the persons named; neither the social appraisal nor health."),
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
        _("Nothing joins the two buses: the criminal case's token is another one."),
        sent.case != head.case, True,
    )  # fmt: skip
    scene.at(0, "19:10")
    scene.ack("pol", sent, closes=("pol>parq-crim ACK:received",))
    return sent


def placed(scene: Scene, m: Marked, head: SentEvent) -> SentEvent:
    """The emergency order, to the ASE and the home."""
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
        _("Maya will sleep at the home tonight. The order leaves without the suspect's name."),
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


def answers(scene: Scene, head: SentEvent, social: SentEvent, inquiry: SentEvent) -> None:
    """The outcome, to the Département, to both authors and to the police."""
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
        _("The prosecutor tells the Département the outcome: a code and the measure."),
        to={"crip": Gets("R40", "MEASURE PROCEDURE.status")},
    )
    for sent in (head, social):
        scene.outcome(
            "parq-civ", sent,
            _("Whoever reported learns the outcome, by a code alone."),
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
        _("The police learn it too, on the criminal bus."),
        to={"pol": Gets("R41.2", "CODE.outcome")},
    )


def hearing(scene: Scene, m: Marked, inquiry: SentEvent) -> None:
    """The police ask for somebody beside Maya, and get an answer."""
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
        _(
            "The police ask that somebody be beside her at the hearing: they say when and where, "
            "not why."
        ),
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
        _("Yes, and nothing more: what Maya confided stays with the association."),
        to={"pol": Gets("R38", "CODE.attendance", left_out="FACTS")},
        closes=("asso>pol R38",),
    )


def judge(scene: Scene, m: Marked, opp: SentEvent, copies: tuple[SentEvent, SentEvent]) -> None:
    """The judge is asked within eight days and rules within fifteen."""
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
        _("On the third day of the eight that the law gives. The criminal file is not in it."),
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
        _("The judge rules eleven days later, of the fifteen that the law gives."),
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
