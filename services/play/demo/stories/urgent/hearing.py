"""The hearing, with somebody beside the child, and the judge."""

from __future__ import annotations

from services.play.demo.expected import Gets
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.stories.marked import TOLD, Marked, reference
from services.texts import Catalogue

_ = Catalogue(__name__)


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
