"""The guided cases, one a profession: who opens it, what is done step by step, and what shows that it is done.

What the convention allows is not written here: it is asked of the convention itself (`allowed.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from services.texts import Catalogue, Text

_ = Catalogue(__name__)


class EventSent(NamedTuple):
    """The desk has sent an event of a type, and it was delivered; nothing that contains `owed` stays open."""

    etype: str
    owed: str = ""


class ReceiptSent(NamedTuple):
    """The desk has acknowledged an arrival of a type as its receipt asks."""

    etype: str


class Arrived(NamedTuple):
    """An event of a type came from another desk; nothing that contains `owed` stays open."""

    etype: str
    owed: str = ""


Sign = EventSent | ReceiptSent | Arrived


@dataclass(frozen=True, slots=True)
class GuidedStep:
    """One step of a case.

    Attributes:
        name: short, as a list shows it.
        do: what to do now.
        sign: what shows that it is done: what happened on the bus, never a click.
        kind: of the record that is written; empty where none is.
        answers: type of the event that this record answers: an arrival or, failing that, an own one.
        code: of the outcome that is told, where one is.
        instead: kind of a record that one might think of, and that the convention does not allow.
        may_pass: another may end the case without it: then it is passed over.
    """

    name: Text
    do: Text
    sign: Sign
    kind: str = ""
    answers: str = ""
    code: str = ""
    instead: str = ""
    may_pass: bool = False


@dataclass(frozen=True, slots=True)
class GuidedCase:
    """One guided case.

    Attributes:
        desk: who is played.
        profession: as one says it of oneself.
        begins: type of the event that begins it: an own one, or one of `opened_by`.
        opened_by: desk that sends this by itself; empty where the played desk begins.
        opening: kind of its record.
        ended: type of the event that shows this desk that the case has come to its end.
    """

    desk: str
    profession: Text
    title: Text
    story: Text
    begins: str
    steps: tuple[GuidedStep, ...]
    ending: Text
    opened_by: str = ""
    opening: str = ""
    ended: str = ""


_SCHOOL: Final = GuidedCase(
    "edu-s",
    _("school social service"),
    _("A pupil who falls asleep in class"),
    _(
        "Lina Exemple, 14, has a bruise on her arm, a second telephone, and is missing more and more. "
        "A classmate has talked to you. You are bound by professional secrecy."
    ),
    "IP",
    (
        GuidedStep(
            _("alert the CRIP"),
            _("Write a child-concern alert to the CRIP, check who will read what, and send it."),
            EventSent("IP"), kind="information_preoccupante", instead="police_notification",
        ),
        GuidedStep(
            _("wait for the CRIP"),
            _("Wait: the CRIP acknowledges your alert and asks you questions. They arrive under “Received”."),
            Arrived("EVALREQ"), may_pass=True,
        ),
        GuidedStep(
            _("answer its questions"),
            _("Open the CRIP’s questions and answer them with what the school knows: no more, no less."),
            EventSent("EVALREP", owed="R16"), kind="evaluation_contribution", answers="EVALREQ", may_pass=True,
        ),
        GuidedStep(
            _("learn what becomes of it"),
            _("Wait: the CRIP tells you what becomes of your alert. Open it under “Received”."),
            Arrived("FEEDBACK", owed="R39"),
        ),
    ),
    _(
        "You alerted, answered what you were asked, and know what became of your alert."
    ),
)  # fmt: skip

_CRIP: Final = GuidedCase(
    "crip",
    _("CRIP, where alerts are collected"),
    _("A head teacher’s alert to have evaluated"),
    _(
        "The head of a school has sent you a child-concern alert on Lina Exemple, 14. "
        "You collect alerts, have them evaluated, and tell each author what becomes of them."
    ),
    "IP",
    (
        GuidedStep(
            _("acknowledge the alert"),
            _("Open the alert under “Received”, read it, and say that you have received it."),
            ReceiptSent("IP"),
        ),
        GuidedStep(
            _("ask for an evaluation"),
            _("Ask the child welfare service (ASE) to evaluate the situation; look who will learn who called."),
            EventSent("EVALREQ"), kind="evaluation_request",
        ),
        GuidedStep(
            _("wait for the report"),
            _("Wait: the ASE evaluates, and its report arrives under “Received”."),
            Arrived("EVALREP"),
        ),
        GuidedStep(
            _("decide on the report"),
            _("Open the report and say that a decision has been taken."),
            ReceiptSent("EVALREP"),
        ),
        GuidedStep(
            _("tell the head teacher"),
            _("Open the alert again and tell its author what becomes of it: help in place, for instance."),
            EventSent("FEEDBACK", owed="R39"), code="help_in_place",
        ),
    ),
    _(
        "The alert was acknowledged, evaluated and decided, and its author knows what became of it."
    ),
    opened_by="edu-h-1", opening="information_preoccupante", ended="FEEDBACK",
)  # fmt: skip

_PROSECUTOR: Final = GuidedCase(
    "parq-civ",
    _("prosecutor’s office for minors"),
    _("A report in an emergency"),
    _(
        "The head of a school has called you and now sends a signalement: Lina Exemple, 14, cannot go home tonight. "
        "A bed waits at a home."
    ),
    "SIG",
    (
        GuidedStep(
            _("acknowledge the report"),
            _("Open the signalement under “Received” and say that you have received it: it is urgent."),
            ReceiptSent("SIG"),
        ),
        GuidedStep(
            _("order the placement"),
            _("Write the provisional placement order (OPP): the ASE and the home act on it tonight."),
            EventSent("MEASURE"), kind="opp",
        ),
        GuidedStep(
            _("seize the judge"),
            _("Bring the case before the juvenile judge: until when, stands below."),
            EventSent("ST", owed="R23"), kind="judge_seizure", answers="MEASURE",
        ),
        GuidedStep(
            _("tell the head teacher"),
            _("Open the signalement again and tell its author what becomes of it: a measure was ordered."),
            EventSent("FEEDBACK", owed="R41"), code="measure_ordered",
        ),
    ),
    _(
        "The child is placed, the judge is seized, and who reported knows what became of it."
    ),
    opened_by="edu-h-1", opening="signalement", ended="FEEDBACK",
)  # fmt: skip

_ASSOCIATION: Final = GuidedCase(
    "asso",
    _("specialised association"),
    _("A young girl whom you are asked to accompany"),
    _(
        "The child welfare service (ASE) asks you to accompany Lina Exemple, 14. "
        "She confides in you, and one evening she arrives hurt."
    ),
    "SPECREF",
    (
        GuidedStep(
            _("accept to accompany her"),
            _("Open the request under “Received” and accept it."),
            ReceiptSent("SPECREF"),
        ),
        GuidedStep(
            _("report a danger"),
            _(
                "She arrives hurt tonight. You have called the duty magistrate: now write the signalement, "
                "and look who gets it."
            ),
            EventSent("SIG"), kind="signalement",
        ),
        GuidedStep(
            _("send the monthly report"),
            _("Write the progress report that you owe the ASE: how far the risk goes."),
            EventSent("EVALREP"), kind="progress_report", answers="SPECREF",
        ),
    ),
    _(
        "You accepted, reported the danger, and told the ASE how far the risk goes."
    ),
    opened_by="ase", opening="specialist_referral", ended="EVALREP",
)  # fmt: skip

CASES: Final = {case.desk: case for case in (_SCHOOL, _CRIP, _PROSECUTOR, _ASSOCIATION)}
