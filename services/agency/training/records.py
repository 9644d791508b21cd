"""What the records of an exercise say: invented people, the same in all cases, written as if it were today."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from contracts.convention.calendar import seconds_ahead

Record = dict[str, Any]
Filled = Callable[[datetime], Record]

_CALLED: Final = timedelta(minutes=20)  # before one writes: urgent things go by phone first
_SEEN: Final = timedelta(days=1)


def record_of(desk: str, kind: str, at: int) -> Record:
    """The record of a kind as a desk of the exercise fills it in at an instant (seconds), without what it answers.

    Raises:
        KeyError: no case asks this of the desk.
    """
    paris = timezone(timedelta(seconds=seconds_ahead(at)))
    return {"kind": kind, **RECORDS[desk, kind](datetime.fromtimestamp(at, paris))}


def _call(at: datetime, to: str = "duty_magistrate") -> Record:
    return {
        "to": to, "at": (at - _CALLED).isoformat(timespec="seconds"),
        "reference": secrets.token_urlsafe(16),
    }  # fmt: skip


def _day(at: datetime, before: timedelta = _SEEN) -> str:
    return (at - before).date().isoformat()


def _born(at: datetime) -> str:
    return f"{at.year - 14}-05-14"


def _child(at: datetime, surname: str = "last_name") -> Record:
    return {
        "first_name": "Lina", surname: "Exemple", "birth_date": _born(at), "sex": "female",
    }  # fmt: skip


def _parents() -> list[Record]:
    return [
        {
            "name": "Nadia Exemple", "relation": "mother", "phone": "06 39 98 03 04",
            "street": "12 rue des Essais", "postal_code": "93000", "city": "Bobigny",
        }
    ]  # fmt: skip


def _appraisal() -> Record:
    return {
        "level": "high", "flags": ["exploitation", "isolation"],
        "reasons": "Cadeaux d’adultes inconnus, deuxième téléphone, nuits dehors, isolement qui s’aggrave.",
    }  # fmt: skip


def _seen(at: datetime) -> list[Record]:
    return [
        {
            "on": _day(at), "observed": "Arrive épuisée, cache un deuxième téléphone, un bleu au bras.",
            "quoted": "« Il vient me chercher le soir, je n’ai pas le choix. »",
        }
    ]  # fmt: skip


def _pupil(at: datetime) -> Record:
    return {
        "pupil": _child(at),
        "establishment": {"uai": "0930000X", "name": "Collège d’exemple", "level": "3e"},
        "absences": {"half_days": 14, "unjustified": 11},
        "observations": [
            {
                "seen_on": _day(at), "seen": "S’endort en classe, un bleu au bras, un deuxième téléphone.",
                "words": "« Il vient me chercher après les cours. »",
            }
        ],
    }  # fmt: skip


def _told() -> Record:
    return {"parents": "told", "minor": "told"}


def _school_alert(at: datetime) -> Record:
    return {
        **_pupil(at), "reference": f"EXERCICE-{at:%d%H%M%S}", "parents": _parents(),
        "named_persons": [{"name": "Inès Petit", "who": "classmate"}],
        "appraisal": _appraisal(), "signs": ["visible_injury", "exhaustion"],
        "medical_file": "Dossier médical scolaire : visites, traitements (exemple).", "told": _told(),
    }  # fmt: skip


def _police_instead(at: datetime) -> Record:
    return {**_pupil(at), "reference": f"EXERCICE-{at:%d%H%M%S}"}


def _school_contribution(at: datetime) -> Record:
    return {
        **_pupil(at), "reference": "EXERCICE", "appraisal": _appraisal(),
        "named_persons": [{"name": "Inès Petit", "who": "classmate"}],
        "medical_file": "Dossier médical scolaire (exemple).", "told": _told(),
    }  # fmt: skip


def _head_alert(at: datetime) -> Record:
    return {
        **_pupil(at), "reference": f"EXERCICE-{at:%d%H%M%S}", "parents": _parents(),
        "appraisal": _appraisal(), "told": _told(),
    }  # fmt: skip


def _head_report(at: datetime) -> Record:
    return {
        **_pupil(at), "reference": f"EXERCICE-{at:%d%H%M%S}", "parents": _parents(),
        "appraisal": _appraisal(), "danger": True, "call": _call(at),
        "told": {"parents": "not_told_family_suspected", "minor": "told"},
        "place": {"name": "Infirmerie du collège d’exemple", "kind": "school", "city": "Bobigny"},
    }  # fmt: skip


def _questions(at: datetime) -> Record:
    return {
        "reference": "EXERCICE", "child": _child(at), "to": ["edu-s"], "told": _told(),
        "questions": ["attendance", "change_of_behaviour"],
    }  # fmt: skip


def _council_file(at: datetime) -> Record:
    return {
        "reference": "EXERCICE", "child": _child(at), "parents": _parents(), "observations": _seen(at),
        "appraisal": _appraisal(),
    }  # fmt: skip


def _evaluation_request(at: datetime) -> Record:
    return {
        **_council_file(at), "received_on": _day(at), "qualification": "danger",
        "alerter": {"kind": "neighbour", "name": "Jeanne Blanc"},
    }  # fmt: skip


def _evaluation_report(at: datetime) -> Record:
    return {
        **_council_file(at), "proposed": ["aed"], "final": True,
        "proposal": "Aide éducative à domicile, avec l’accord de la mère.",
        "criminal_note": "Une enquête serait ouverte.",
    }  # fmt: skip


def _specialist_referral(at: datetime) -> Record:
    return {
        **_council_file(at), "reference": f"EXERCICE-{at:%d%H%M%S}", "frame": "follow_up",
        "follow_up_until": _day(at, timedelta(days=-180)), "told": _told(),
    }  # fmt: skip


def _court_file(at: datetime) -> Record:
    return {
        "reference": "EXERCICE", "minor": _child(at, "surname"), "parents": _parents(),
        "parquet_number": "2026/EXERCICE/1",
    }  # fmt: skip


def _placement(at: datetime) -> Record:
    return {
        **_court_file(at), "decided_on": _day(at, timedelta()), "custodian": "Aide sociale à l’enfance",
        "entrusted_to": "home-1", "call": _call(at, "duty_officer"),
        "whereabouts": {"place": "Infirmerie du collège d’exemple", "kind": "school", "city": "Bobigny"},
        "safety_note": "Ne pas communiquer l’adresse du foyer.",
        "suspects": [{"name": "« Sacha »", "role": "suspected_exploiter"}],
    }  # fmt: skip


def _judge_seizure(at: datetime) -> Record:
    return {
        **_court_file(at), "requested": "placement", "in_force": "placement_opp",
        "custodian": "Aide sociale à l’enfance", "opp_decided_on": _day(at, timedelta()),
        "observations": _seen(at), "appraisal": _appraisal(),
        "criminal_file": "Extrait de la procédure pénale (exemple).",
    }  # fmt: skip


def _association_file(at: datetime) -> Record:
    return {
        "reference": "EXERCICE", "followup_number": "SUIVI-12",
        "young_person": {"known_as": "Lina", "family_name": "Exemple", "age": 14, "sex": "female"},
        "worker": "Sarah Lopez", "observations": _seen(at), "appraisal": _appraisal(),
        "peers": [{"name": "Inès Petit", "role": "peer"}],
        "confidences": "Ce que Lina a confié de son premier amour.", "danger": True, "call": _call(at),
    }  # fmt: skip


def _progress(at: datetime) -> Record:
    return {
        "reference": "EXERCICE", "followup_number": "SUIVI-12", "month": f"{at:%Y-%m}", "planned": 6,
        "kept": 5, "appraisal": _appraisal(), "confidences": "Ce que Lina a confié en entretien.",
    }  # fmt: skip


RECORDS: Final[dict[tuple[str, str], Filled]] = {
    ("edu-s", "information_preoccupante"): _school_alert,
    ("edu-s", "police_notification"): _police_instead,
    ("edu-s", "evaluation_contribution"): _school_contribution,
    ("edu-h-1", "information_preoccupante"): _head_alert,
    ("edu-h-1", "signalement"): _head_report,
    ("crip", "contribution_request"): _questions,
    ("crip", "evaluation_request"): _evaluation_request,
    ("ase", "evaluation_report"): _evaluation_report,
    ("ase", "specialist_referral"): _specialist_referral,
    ("parq-civ", "opp"): _placement,
    ("parq-civ", "judge_seizure"): _judge_seizure,
    ("asso", "signalement"): _association_file,
    ("asso", "progress_report"): _progress,
}
