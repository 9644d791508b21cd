"""The prosecutor's two functions, the placement, and who learns how it ended."""

from __future__ import annotations

from services.play.demo.expected import Gets
from services.play.demo.scene import Scene, SentEvent
from services.play.demo.stories.marked import Marked, reference
from services.texts import Catalogue

_ = Catalogue(__name__)


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
