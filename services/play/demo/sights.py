"""What a story looks at beside its acts, and what it does that no agency's service would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from contracts.decision.draft import Draft, DraftAddressee, Portion
from contracts.vocabulary.categories import (
    Fact,
    Facts,
    HealthVital,
    Identity,
    Schooling,
    ThirdParty,
    ThirdPerson,
)
from services.play.demo.bus import Bus, SentEvent

Sight = tuple[Any, Any]  # what is seen, what is expected


def _nothing_new(bus: Bus, desk: str) -> Sight:
    """A desk's inbox holds nothing new."""
    return [arrival.etype for arrival in bus.inbox(desk)], []


def _refused_by_router(bus: Bus, sent: SentEvent) -> Sight:
    """The log's evidence says that an event was refused, for no clause allows it."""
    decision = bus.decision_on(sent.answer.events[0])
    reasons = [one["reasons"] for one in decision.get("addressees", ())]
    return (decision.get("refused"), reasons), (True, [["no_clause"]])


def _apart(_bus: Bus, one: SentEvent, other: SentEvent) -> Sight:
    """Two events have tokens of different cases."""
    return one.answer.case != other.answer.case, True


def _in_both_cases(_bus: Bus, link: SentEvent) -> Sight:
    """A link is two events, one in each case."""
    return len(link.answer.events), 2


SIGHTS: Final[dict[str, Callable[..., Sight]]] = {
    "nothing_new": _nothing_new,
    "refused_by_router": _refused_by_router,
    "apart": _apart,
    "in_both_cases": _in_both_cases,
}


def past_the_service(bus: Bus, by: str, to: str) -> list[str]:
    """What a school may not send, written into the log with its desk's keys; the events' ids."""

    def somebodys(text: str) -> str:
        return f"{text} {bus.marker}".rstrip()

    person = ThirdPerson(name=somebodys("Karim E."), role="peer")
    bodies = {
        "IDENTITY": Identity(first_name=somebodys("Inès"), birth_date="2011-04-12", sex="female"),
        "SCHOOLING": Schooling(half_days_absent=14, half_days_unjustified=11),
        "FACTS": Facts(facts=(Fact(observed=somebodys("une camarade raconte une rumeur")),)),
        "FACTS.third_party": ThirdParty(persons=(person,)),
        "HEALTH.vital": HealthVital(observed=somebodys("fatigue, ecchymoses aux bras")),
    }
    portions = {scope: Portion(body, ()) for scope, body in bodies.items()}
    addressees = (DraftAddressee(to, "assess", portions),)
    draft = Draft(issuer=by, realm="civil", etype="IP", reference=somebodys("X"), to=addressees)
    events = bus.publish_raw(by, draft)
    bus.settle()
    return events
