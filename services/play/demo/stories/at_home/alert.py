"""The alert, the prosecutor's instruction, the evaluation, and back to the prosecutor."""

from __future__ import annotations

from services.play.demo.expected import Gets
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.stories.at_home.common import (
    R12_OR_R39,
    R40,
    child,
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


def evaluated(scene: Scene, m: Marked, alert: SentEvent) -> None:
    """Three are asked, and each answers within what it may say."""
    request = scene.post(
        "crip",
        {
            "kind": "evaluation_request",
            "case": alert.case,
            "qualification": "danger",
            "child": child(m),
            "parents": [m.parent("Mme Modèle")],
            "school": {"establishment": m("Lycée Modèle"), "level": "1re"},
            "observations": [m.seen(scene.date(-3), "fugues répétées")],
            "appraisal": m.appraisal(),
        },
        _("Three requests leave the CRIP. The first, to the ASE's evaluators."),
        to={"ase": Gets("R13", "CONTACT FACTS FAMILY IDENTITY RISK SCHOOLING")},
        opens={"ase>crip R18": scene.months_after(0, 3)},
    )
    referral = scene.post(
        "crip",
        {
            "kind": "specialist_referral",
            "case": alert.case,
            "frame": "joint_evaluation",
            "child": child(m),
            "parents": [m.parent("Mme Modèle")],
            "observations": [m.seen(scene.date(-3), "fugues répétées")],
            "appraisal": m.appraisal(),
            "health_note": m("fatigue"),
            "told": TOLD,
        },
        _("The second, to the specialist association, without the family's history or health."),
        to={"asso": Gets("R19", "CONTACT FACTS IDENTITY RISK", left_out="FAMILY HEALTH.vital")},
        opens={"asso>crip ACK:accepted|declined": "2wd"},
    )
    questions = scene.post(
        "crip",
        {
            "kind": "contribution_request",
            "case": alert.case,
            "child": child(m),
            "questions": ["attendance", "known_adults"],
            "told": TOLD,
        },
        _("The third, by coded questions, to the school."),
        to={"edu-s": Gets("R14", "CODE.questions IDENTITY")},
        opens={"edu-s>crip R16": "10wd"},
    )
    scene.at(4, "09:00")
    scene.ack(
        "asso", referral, "accepted", closes=("asso>crip ACK:accepted|declined",),
        text=_("The association accepts within two days."),
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
        _("The school answers the questions."),
        to={"crip": Gets("R16", "FACTS RISK SCHOOLING")},
        opens={"crip>edu-s ACK:received": "1wd"},
        closes=("edu-s>crip R16",),
    )
    scene.at(8, "09:00")
    scene.ack("crip", contribution, closes=("crip>edu-s ACK:received",))
    _reports(scene, m, alert, referral, request)


def _reports(
    scene: Scene, m: Marked, alert: SentEvent, referral: SentEvent, request: SentEvent
) -> None:
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
        _("The specialist evaluation goes to both. What Jade confided stays with the association."),
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
            "child": child(m),
            "parents": [m.parent("Mme Modèle")],
            "school": {"level": "1re"},
            "observations": [m.seen(scene.date(12), "mère mobilisée, domicile protecteur")],
            "appraisal": m.appraisal("moderate"),
            "proposed": ["aemo_reinforced", "specialist_followup"],
            "proposal": m("AEMO renforcée plutôt qu'un placement"),
            "final": True,
        },
        _(
            "The ASE proposes reinforced help at home, with a specialist follow-up, rather than a"
            " placement."
        ),
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
