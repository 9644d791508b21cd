"""D. Home-based help instead of placement, from the alert to the end (domain §7.4)."""

from __future__ import annotations

from typing import Any

from services.play.demo.bus import Bus
from services.play.demo.expected import Denied, Gets
from services.play.demo.scene import Scene, Sent
from services.play.demo.screen import Teller
from services.play.demo.stories.marked import TOLD, Marked

_R40 = "parq-civ>crip R40"
_R12_OR_R39 = "crip>parq-civ R12|R39"
_ASSO_R31 = "asso>ase R31"
_MO_R31 = "mo>ase R31"
_START = "mo>je ACK:started"
ENDS = 152  # day of the story on which the measure ends


def play(bus: Bus, teller: Teller) -> None:
    """Play story D."""
    scene, m = Scene(bus, teller), Marked(bus.marker)
    scene.begin(
        "D", "À la maison plutôt qu'en foyer", "At home rather than in care",
        weekday=0, at="09:30",
    )  # fmt: skip
    alert, first = _referred(scene, m)
    asked = _instructed(scene, m, first)
    _evaluated(scene, m, alert)
    second = _carried_to_court(scene, m, first, asked)
    measure, followed = _ordered(scene, m, second)
    _school_and_author(scene, m, alert)
    _late_start(scene, measure)
    _first_month(scene, m, followed)
    _coordinated(scene, m, alert)
    _months(scene, m, measure, followed)
    _ended(scene, measure, followed)
    scene.end()


def _child(m: Marked) -> dict[str, Any]:
    return m.minor("Jade", "2010-09-21")


def _referred(scene: Scene, m: Marked) -> tuple[Sent, Sent]:
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
        "Jade, 16 ans, a déjà fugué. Le service social alerte la CRIP.",
        "Jade, 16, has run away before. The social service alerts the CRIP.",
        to={"crip": Gets("R01", "CONTACT FACTS FAMILY HEALTH.vital IDENTITY RISK SCHOOLING")},
        opens={"crip>edu-s ACK:received": "1wd", "crip>edu-s R39:final": "3mo"},
    )
    scene.at(0, "11:00")
    scene.ack("crip", alert, closes=("crip>edu-s ACK:received",))
    scene.at(1, "10:00")
    first = scene.post(
        "crip", _to_the_prosecutor(scene, m, alert) | {"parents_told": "written"},
        "La CRIP saisit le parquet ; les parents sont avisés par écrit. Elle ne peut pas nommer "
        "les exploiteurs présumés : la convention n'a pas de clause pour cela.",
        "The CRIP goes to the prosecutor; the parents are told in writing. It may not name the "
        "suspected exploiters: the convention has no clause for that.",
        to={
            "parq-civ": Gets(
                "R12",
                "CONTACT FACTS FAMILY HEALTH.vital IDENTITY LOCATION MEASURE RISK",
                left_out="FACTS.third_party",
            )
        },
        opens={"parq-civ>crip ACK:received": "2wd", _R40: "15wd"},
    )  # fmt: skip
    return alert, first


def _to_the_prosecutor(scene: Scene, m: Marked, alert: Sent) -> dict[str, Any]:
    return {
        "kind": "crip_signalement",
        "case": alert.case,
        "qualification": "danger",
        "child": _child(m),
        "parents": [m.parent("Mme Modèle")],
        "observations": [m.seen(scene.date(-3), "fugues répétées, cadeaux d'un adulte")],
        "appraisal": m.appraisal(),
        "signs": ["exhaustion"],
        "exploiters": [{"name": m("« Dany »"), "role": "suspected_exploiter"}],
        "measure_in_force": "none",
        "whereabouts": {"place": m("domicile"), "kind": "home"},
    }


def _instructed(scene: Scene, m: Marked, first: Sent) -> Sent:
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
        "Le parquet demande une évaluation conjointe, pour une date fixée ; rien de l'enquête.",
        "The prosecutor asks for a joint evaluation, by a set date; nothing of the inquiry.",
        to={"crip": Gets("R22", "CONTACT FACTS.summary IDENTITY", left_out="FAMILY PROCEDURE")},
        opens={"crip>parq-civ ACK:received": "1wd", _R12_OR_R39: scene.date(30)},
    )
    scene.at(2, "14:00")
    scene.ack("crip", asked, closes=("crip>parq-civ ACK:received",))
    return asked


def _evaluated(scene: Scene, m: Marked, alert: Sent) -> None:
    request = scene.post(
        "crip",
        {
            "kind": "evaluation_request",
            "case": alert.case,
            "qualification": "danger",
            "child": _child(m),
            "parents": [m.parent("Mme Modèle")],
            "school": {"establishment": m("Lycée Modèle"), "level": "1re"},
            "observations": [m.seen(scene.date(-3), "fugues répétées")],
            "appraisal": m.appraisal(),
        },
        "Trois demandes partent de la CRIP : aux évaluateurs de l'ASE…",
        "Three requests leave the CRIP: to the ASE's evaluators…",
        to={"ase": Gets("R13", "CONTACT FACTS FAMILY IDENTITY RISK SCHOOLING")},
        opens={"ase>crip R18": scene.months_after(0, 3)},
    )
    referral = scene.post(
        "crip",
        {
            "kind": "specialist_referral",
            "case": alert.case,
            "frame": "joint_evaluation",
            "child": _child(m),
            "parents": [m.parent("Mme Modèle")],
            "observations": [m.seen(scene.date(-3), "fugues répétées")],
            "appraisal": m.appraisal(),
            "health_note": m("fatigue"),
            "told": TOLD,
        },
        "… à l'association spécialisée, sans l'histoire de la famille ni la santé…",
        "… to the specialist association, without the family's history or health…",
        to={"asso": Gets("R19", "CONTACT FACTS IDENTITY RISK", left_out="FAMILY HEALTH.vital")},
        opens={"asso>crip ACK:accepted|declined": "2wd"},
    )
    questions = scene.post(
        "crip",
        {
            "kind": "contribution_request",
            "case": alert.case,
            "child": _child(m),
            "questions": ["attendance", "known_adults"],
            "told": TOLD,
        },
        "… et, par questions codées, au service social de l'école.",
        "… and, by coded questions, to the school's social service.",
        to={"edu-s": Gets("R14", "CODE.questions IDENTITY")},
        opens={"edu-s>crip R16": "10wd"},
    )
    scene.at(4, "09:00")
    scene.ack(
        "asso", referral, "accepted", closes=("asso>crip ACK:accepted|declined",),
        fr="L'association accepte en deux jours.", en="The association accepts within two days.",
    )  # fmt: skip
    scene.at(7, "15:00")
    contribution = scene.post(
        "edu-s",
        {
            "kind": "evaluation_contribution",
            "case": alert.case,
            "answers": [questions.ref()],
            "absences": {"half_days": 21},
            "observations": [{"seen_on": scene.date(6), "seen": m("revenue en cours deux jours")}],
            "appraisal": m.appraisal(),
            "told": TOLD,
        },
        "L'école répond aux questions.",
        "The school answers the questions.",
        to={"crip": Gets("R16", "FACTS RISK SCHOOLING")},
        opens={"crip>edu-s ACK:received": "1wd"},
        closes=("edu-s>crip R16",),
    )
    scene.at(8, "09:00")
    scene.ack("crip", contribution, closes=("crip>edu-s ACK:received",))
    _reports(scene, m, alert, referral, request)


def _reports(scene: Scene, m: Marked, alert: Sent, referral: Sent, request: Sent) -> None:
    scene.at(11, "16:00")
    special = scene.post(
        "asso",
        {
            "kind": "evaluation_report",
            "case": alert.case,
            "answers": [referral.ref(to="crip")],
            "young_person": {"known_as": m("Jade"), "phone": "06 99 00 00 01"},
            "observations": [m.seen(scene.date(10), "deux entretiens, lien possible")],
            "appraisal": m.appraisal("moderate"),
            "signs": ["exhaustion"],
            "peers": [{"name": m("Nour"), "role": "peer"}],
            "confidences": m("ce que Jade a confié"),
            "proposed": ["specialist_followup"],
            "proposal": m("suivi spécialisé hebdomadaire"),
            "told": TOLD,
            "final": True,
        },
        "L'évaluation spécialisée, à la CRIP et à l'ASE. Les confidences restent à l'association.",
        "The specialist evaluation, to the CRIP and the ASE. What was confided stays with the "
        "association.",
        to={
            desk: Gets(
                "R20",
                "CONTACT FACTS HEALTH.vital MEASURE.proposal RISK",
                left_out="FACTS.third_party IDENTITY",
            )
            for desk in ("crip", "ase")
        },
        opens={"crip>asso ACK:received": "1wd", "ase>asso ACK:received": "1wd"},
    )
    scene.at(11, "17:00")
    scene.ack("crip", special, closes=("crip>asso ACK:received",))
    scene.ack("ase", special, closes=("ase>asso ACK:received",))
    scene.at(14, "11:00")
    report = scene.post(
        "ase",
        {
            "kind": "evaluation_report",
            "case": alert.case,
            "answers": [request.ref()],
            "child": _child(m),
            "parents": [m.parent("Mme Modèle")],
            "school": {"level": "1re"},
            "observations": [m.seen(scene.date(12), "mère mobilisée, domicile protecteur")],
            "appraisal": m.appraisal("moderate"),
            "proposed": ["aemo_reinforced", "specialist_followup"],
            "proposal": m("AEMO renforcée plutôt qu'un placement"),
            "final": True,
        },
        "L'évaluation de l'ASE propose une AEMO renforcée et un suivi spécialisé, à la maison.",
        "The ASE's evaluation proposes reinforced home-based help and specialist follow-up.",
        to={
            "crip": Gets(
                "R18", "FACTS FAMILY IDENTITY MEASURE.proposal RISK SCHOOLING", left_out="CONTACT"
            )
        },
        opens={"crip>ase ACK:decided": "5wd"},
        closes=("ase>crip R18",),
    )
    scene.at(15, "10:00")
    scene.ack("crip", report, "decided", closes=("crip>ase ACK:decided",))


def _carried_to_court(scene: Scene, m: Marked, first: Sent, asked: Sent) -> Sent:
    scene.at(15, "11:00")
    second = scene.post(
        "crip",
        _to_the_prosecutor(scene, m, first) | {"answers": [asked.ref()], "parents_told": "written"},
        "Un second signalement porte l'évaluation au parquet, et répond à son soit-transmis.",
        "A second report carries the evaluation to the prosecutor, and answers his instruction.",
        to={
            "parq-civ": Gets(
                "R12",
                "CONTACT FACTS FAMILY HEALTH.vital IDENTITY LOCATION MEASURE RISK",
                left_out="FACTS.third_party",
            )
        },
        opens={"parq-civ>crip ACK:received": "2wd", _R40: "15wd"},
        closes=(_R12_OR_R39,),
    )
    scene.at(16, "09:30")
    scene.ack("parq-civ", second, closes=("parq-civ>crip ACK:received",))
    seizure = scene.post(
        "parq-civ",
        {
            "kind": "judge_seizure",
            "case": first.case,
            "requested": "aemo_reinforced",
            "minor": m.minor("Jade", "2010-09-21"),
            "parents": [m.parent("Mme Modèle")],
            "observations": [m.seen(scene.date(12), "évaluation conjointe")],
            "appraisal": m.appraisal("moderate"),
        },
        "Le parquet saisit le juge des enfants.",
        "The prosecutor brings the case before the juvenile judge.",
        to={"je": Gets("R23", "CONTACT FACTS FAMILY IDENTITY MEASURE RISK")},
    )
    scene.at(17, "14:00")
    scene.post(
        "parq-civ",
        {
            "kind": "department_feedback",
            "case": first.case,
            "answers": [first.ref(), second.ref()],
            "status": "judge_seized",
            "since": scene.date(16),
        },
        "Un seul retour répond aux deux signalements de la CRIP.",
        "One feedback answers both of the CRIP's reports.",
        to={"crip": Gets("R40", "PROCEDURE.status")},
        closes=(_R40, _R40),
    )
    return seizure


def _ordered(scene: Scene, m: Marked, seizure: Sent) -> tuple[Sent, Sent]:
    scene.at(30, "15:00")
    measure = scene.post(
        "je",
        {
            "kind": "decision",
            "case": seizure.case,
            "answers": [seizure.ref()],
            "measure": "aemo_reinforced",
            "decided_on": scene.date(30),
            "ends_on": scene.date(ENDS),
            "minor": m.minor("Jade", "2010-09-21"),
            "parents": [m.parent("Mme Modèle")],
            "terms": m("deux rencontres par semaine"),
        },
        "Le juge ordonne une AEMO renforcée : Jade reste chez elle.",
        "The judge orders reinforced home-based help: Jade stays at home.",
        to={desk: Gets("R26", "CONTACT FAMILY IDENTITY MEASURE") for desk in ("ase", "mo")},
        opens={
            "ase>je ACK:received": "1wd",
            _START: "10wd",
            "mo>je R28": scene.date(ENDS - 15),
        },
    )
    scene.at(31, "09:30")
    scene.ack("ase", measure, closes=("ase>je ACK:received",))
    followed = scene.post(
        "ase",
        {
            "kind": "specialist_referral",
            "case": seizure.case,
            "frame": "follow_up",
            "follow_up_until": scene.date(ENDS),
            "child": _child(m),
            "parents": [m.parent("Mme Modèle")],
            "appraisal": m.appraisal("moderate"),
            "told": TOLD,
        },
        "L'ASE confie le suivi spécialisé à l'association.",
        "The ASE entrusts the specialist follow-up to the association.",
        to={"asso": Gets("R30", "CONTACT IDENTITY MEASURE RISK", left_out="FAMILY")},
        opens={"asso>ase ACK:accepted|declined": "2wd"},
    )
    scene.at(32, "10:00")
    scene.ack(
        "asso", followed, "accepted",
        closes=("asso>ase ACK:accepted|declined",), opens={_ASSO_R31: "1mo"},
        fr="Accepté : un point chaque mois, jusqu'à la fin.",
        en="Accepted: a word every month, until the end.",
    )  # fmt: skip
    return measure, followed


def _school_and_author(scene: Scene, m: Marked, alert: Sent) -> None:
    scene.at(32, "11:00")
    notice = scene.post(
        "ase",
        {
            "kind": "schooling_notice",
            "case": alert.case,
            "to": ["edu-h-1"],
            "child": _child(m),
            "school": {"establishment": m("Lycée Modèle"), "level": "1re"},
            "custodian": {"service": m("Mme Modèle, et l'AEMO"), "phone": "01 99 00 00 02"},
            "reason": m("la raison de la mesure"),
            "told": TOLD,
        },
        "Au lycée : qui appeler, et pas pourquoi.",
        "To the school: whom to call, and not why.",
        to={
            "edu-h-1": Gets("R32", "IDENTITY MEASURE.custodian SCHOOLING", left_out="FACTS.summary")
        },
        opens={"edu-h-1>ase ACK:received": "2wd"},
    )
    scene.at(32, "15:00")
    scene.ack("edu-h-1", notice, closes=("edu-h-1>ase ACK:received",))
    scene.outcome(
        "crip", alert,
        "À qui a alerté, l'issue par un code : une mesure est ordonnée.",
        "To whoever alerted, the outcome by a code: a measure has been ordered.",
        code="measure_ordered", to={"edu-s": Gets("R39.1", "CODE.outcome")},
        closes=("crip>edu-s R39:final",),
    )  # fmt: skip


def _late_start(scene: Scene, measure: Sent) -> None:
    scene.at(45, "08:30", overdue=(_START,))
    scene.note(
        "Dix jours ouvrés ont passé sans début : le service de milieu ouvert a une liste "
        "d'attente. Personne n'a rien signalé ; le bus, si. Le comité de pilotage le verra.",
        "Ten working days have passed without a start: the home-based service has a waiting list. "
        "Nobody said so; the bus did. The steering committee will see it.",
    )
    scene.at(52, "09:00")
    scene.ack(
        "mo", measure, "started", closes=(_START,), opens={_MO_R31: "1mo"},
        fr="La mesure commence, en retard.", en="The measure starts, late.",
    )  # fmt: skip


def _first_month(scene: Scene, m: Marked, followed: Sent) -> None:
    scene.at(59, "10:00")
    scene.post(
        "asso", _progress(scene, m, followed, 59),
        "Le point du premier mois : rencontres prévues et tenues, rien de ce qui s'est dit.",
        "The first month's word: meetings planned and kept, nothing of what was said.",
        to={"ase": Gets("R31", "MEASURE.attendance RISK")},
        closes=(_ASSO_R31,), opens={_ASSO_R31: scene.months_after(32, 2)},
    )  # fmt: skip


def _coordinated(scene: Scene, m: Marked, alert: Sent) -> None:
    scene.at(60, "10:00")
    called = scene.post(
        "ase",
        {
            "kind": "coordination_invitation",
            "case": alert.case,
            "to": ["crip", "edu-s", "mo", "asso", "pol"],
            "at": scene.moment(66, "14:00"),
            "minutes": 90,
            "premises": "ASE",
            "child": _child(m),
            "agenda": m("ordre du jour"),
        },
        "L'ASE réunit les intervenants : une date, aucun nom. La police n'en est pas, et la "
        "tentative de l'y convier est refusée.",
        "The ASE calls the participants: a date, no name. The police are not among them, and the "
        "attempt to invite them is refused.",
        to={
            **{
                desk: Gets("R42", "CODE.meeting", left_out="FACTS.summary IDENTITY")
                for desk in ("crip", "edu-s", "mo", "asso")
            },
            "pol": Denied(
                "no_clause",
                left_out="CODE.meeting FACTS.summary IDENTITY",
                doors="R42 R42 R42",
            ),
        },
        opens={f"{desk}>ase ACK:accepted": "5wd" for desk in ("crip", "edu-s", "mo", "asso")},
    )
    scene.at(61, "09:30")
    for desk in ("crip", "edu-s", "mo", "asso"):
        scene.ack(desk, called, "accepted", closes=(f"{desk}>ase ACK:accepted",))
    scene.at(66, "16:30")
    decided = scene.post(
        "ase",
        {
            "kind": "coordination_decisions",
            "case": alert.case,
            "to": ["crip", "edu-s", "mo", "asso"],
            "actions": [
                {"action": m("accompagner au rendez-vous santé"), "by": "MO"},
                {"action": m("référent de retour en classe"), "by": "EDU-S"},
            ],
            "level": "moderate",
            "observations": [m.seen(scene.date(66), "ce qui s'est dit en réunion")],
            "told": TOLD,
        },
        "Ce qui a été décidé, et un niveau codé ; pas ce qui s'est dit.",
        "What was decided, and a coded level; not what was said.",
        to={
            desk: Gets("R43", "MEASURE.actions RISK.level", left_out="FACTS")
            for desk in ("crip", "edu-s", "mo", "asso")
        },
        opens={f"{desk}>ase ACK:received": "2wd" for desk in ("crip", "edu-s", "mo", "asso")},
    )
    scene.at(67, "09:00")
    for desk in ("crip", "edu-s", "mo", "asso"):
        scene.ack(desk, decided, closes=(f"{desk}>ase ACK:received",))


def _months(scene: Scene, m: Marked, measure: Sent, followed: Sent) -> None:
    """The monthly words, each opening the next, and the report before the end."""
    for count, (mo_day, asso_day) in enumerate(((79, 87), (108, 116), (135, 143)), 1):
        scene.at(mo_day, "10:00")
        scene.post(
            "mo", _progress(scene, m, measure, mo_day),
            "Le point du mois, par le milieu ouvert.",
            "The month's word, by the home-based service.",
            to={"ase": Gets("R31", "MEASURE.attendance RISK")},
            closes=(_MO_R31,), opens={_MO_R31: scene.months_after(52, count + 1)},
        )  # fmt: skip
        if count == 3:
            _report_to_judge(scene, m, measure)
        scene.at(asso_day, "10:00")
        scene.post(
            "asso", _progress(scene, m, followed, asso_day),
            "Et par l'association.",
            "And by the association.",
            to={"ase": Gets("R31", "MEASURE.attendance RISK")},
            closes=(_ASSO_R31,), opens={_ASSO_R31: scene.months_after(32, count + 2)},
        )  # fmt: skip


def _progress(scene: Scene, m: Marked, sent: Sent, day: int) -> dict[str, Any]:
    return {
        "kind": "progress_report",
        "case": sent.case,
        "answers": [sent.ref()],
        "month": scene.date(day)[:7],
        "planned": 8,
        "kept": 7,
        "appraisal": m.appraisal("moderate"),
    }


def _report_to_judge(scene: Scene, m: Marked, measure: Sent) -> None:
    scene.at(136, "15:00")
    scene.post(
        "mo",
        {
            "kind": "measure_report",
            "case": measure.case,
            "answers": [measure.ref()],
            "parents": [m.parent("Mme Modèle")],
            "school": {"level": "1re", "remarks": m("assidue depuis deux mois")},
            "observations": [m.seen(scene.date(134), "aucune fugue depuis dix semaines")],
            "appraisal": m.appraisal("low"),
            "proposed": ["none"],
            "proposal": m("ne pas renouveler"),
            "final": True,
        },
        "Le rapport au juge, quinze jours avant la fin de la mesure.",
        "The report to the judge, fifteen days before the measure ends.",
        to={"je": Gets("R28", "FACTS FAMILY MEASURE.proposal RISK SCHOOLING", left_out="CONTACT")},
        closes=("mo>je R28",),
    )


def _ended(scene: Scene, measure: Sent, followed: Sent) -> None:
    scene.at(ENDS, "10:00")
    end = scene.post(
        "je",
        {
            "kind": "measure_end",
            "case": measure.case,
            "measure": "aemo_reinforced",
            "ended_on": scene.date(ENDS),
            "ends": [measure.ref()],
            "to": ["ase", "mo"],
        },
        "La mesure prend fin : les points mensuels du milieu ouvert s'arrêtent.",
        "The measure ends: the home-based service's monthly words stop.",
        to={desk: Gets("R26", "MEASURE") for desk in ("ase", "mo")},
        opens={"ase>je ACK:received": "1wd"},
        closes=(_MO_R31,),
    )
    scene.at(ENDS, "11:00")
    scene.ack("ase", end, closes=("ase>je ACK:received",))
    scene.post(
        "ase",
        {
            "kind": "measure_end",
            "case": measure.case,
            "measure": "specialist_followup",
            "ended_on": scene.date(ENDS),
            "ends": [followed.ref()],
            "told": TOLD,
        },
        "Le suivi spécialisé aussi.",
        "So does the specialist follow-up.",
        to={"asso": Gets("R30", "MEASURE")},
        closes=(_ASSO_R31,),
    )
