"""The campaign's checks find what they are for: a sound ledger, broken in one way at a time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import pytest

from tests.faults import checks, stops
from tests.faults.ledger import Ledger, Message, Published, Record
from tests.faults.partners import Accepted, Seen
from tests.faults.tally import deck

OUTBOX = "relais.civil.outbox.education"


def message(seq: int, leaf: str, desk: str, event: str = "", **claims: object) -> Message:
    """A delivery of an event, or a notice without one."""
    named = {"seq": seq, "partition": 0, "dec": leaf, **claims}
    slip = {"jti": event} if event else {}
    return Message("civil", desk, 0, named, slip)


def sound() -> tuple[Seen, Ledger]:
    """Three events of one case, accepted, decided, delivered to the CRIP and told to the school."""
    seen, ledger = Seen(), Ledger()
    for number in range(3):
        event, leaf = f"e{number}", f"leaf{number}"
        line = {"event": event, "desk": "crip", "verdict": "release", "scopes": ["FACTS"]}
        seen.accepted.append(Accepted("edu-s", "case 1", (event,), (line,)))
        ledger.published.append(
            Published("civil", OUTBOX, 0, number * 2, event, "token", f"cover{number}", number)
        )
        delivery = message(number + 1, leaf, "crip", event, clauses={"FACTS": "R01"})
        notice = message(number + 1, leaf, "edu-s")
        ledger.messages += [delivery, notice]
        record = {
            "kind": "decided", "cover": f"cover{number}", "index": number,
            "src": {"topic": OUTBOX, "offset": number * 2}, "outs": [delivery.hash, notice.hash],
        }  # fmt: skip
        ledger.records.append(Record("civil", 0, leaf, record, number))
        seen.arrived["crip"]["civil", event] += 1
    return seen, ledger


def failing(seen: Seen, ledger: Ledger) -> set[str]:
    """Names of the checks that found something."""
    return {name for name, found in checks.all_checks(seen, ledger).items() if found}


def test_a_sound_ledger_passes() -> None:
    """Nothing is found where nothing is wrong."""
    assert failing(*sound()) == set()


def _lose_publication(seen: Seen, ledger: Ledger) -> None:
    seen.accepted.append(Accepted("edu-s", "case 1", ("e9",)))


def _publish_a_second(seen: Seen, ledger: Ledger) -> None:
    other = replace(ledger.published[2], event="e9", cover="cover2")
    ledger.published.append(other)


def _publish_again(seen: Seen, ledger: Ledger) -> None:
    ledger.published.append(replace(ledger.published[2], offset=6))


def _lose_decision(seen: Seen, ledger: Ledger) -> None:
    ledger.records.pop()


def _decide_again(seen: Seen, ledger: Ledger) -> None:
    ledger.records.append(replace(ledger.records[2], leaf="leaf9"))


def _quarantine(seen: Seen, ledger: Ledger) -> None:
    ledger.records.append(Record("civil", 1, "q", {"kind": "quarantined", "outs": []}, 9))


def _lose_notice(seen: Seen, ledger: Ledger) -> None:
    ledger.messages.pop()


def _deliver_again(seen: Seen, ledger: Ledger) -> None:
    ledger.messages.append(ledger.messages[4])


def _deliver_less(seen: Seen, ledger: Ledger) -> None:
    delivery = ledger.messages[4]
    delivery.claims["clauses"].clear()


def _deliver_what_was_withheld(seen: Seen, ledger: Ledger) -> None:
    seen.accepted[0] = replace(
        seen.accepted[0], lines=({**seen.accepted[0].lines[0], "verdict": "withhold"},)
    )


def _swap_decisions(seen: Seen, ledger: Ledger) -> None:
    ledger.records[1], ledger.records[2] = ledger.records[2], ledger.records[1]


def _swap_acceptance(seen: Seen, ledger: Ledger) -> None:
    seen.accepted.reverse()


def _leave_a_gap(seen: Seen, ledger: Ledger) -> None:
    ledger.messages[5].claims["seq"] = 9


def _never_show(seen: Seen, ledger: Ledger) -> None:
    del seen.arrived["crip"]["civil", "e1"]


def _show_twice(seen: Seen, ledger: Ledger) -> None:
    seen.arrived["crip"]["civil", "e1"] += 1


def _tell_a_gap(seen: Seen, ledger: Ledger) -> None:
    seen.missing.append("crip: a gap")


BROKEN: list[tuple[Callable[[Seen, Ledger], None], str]] = [
    (_lose_publication, "accepted and not published"),
    (_publish_a_second, "published and never accepted"),
    (_publish_again, "published twice"),
    (_lose_decision, "lost: not decided"),
    (_decide_again, "decided twice"),
    (_quarantine, "put aside"),
    (_lose_notice, "messages lost"),
    (_deliver_again, "messages twice or of no record"),
    (_deliver_less, "other deliveries than the answer promised"),
    (_deliver_what_was_withheld, "other deliveries than the answer promised"),
    (_swap_decisions, "order of outboxes not kept"),
    (_swap_acceptance, "order of a case not kept"),
    (_leave_a_gap, "gaps in sequences"),
    (_never_show, "inboxes as their desks read them"),
    (_show_twice, "inboxes as their desks read them"),
    (_tell_a_gap, "inboxes as their desks read them"),
]


@pytest.mark.parametrize(("break_it", "check"), BROKEN)
def test_each_break_is_found_by_its_check(
    break_it: Callable[[Seen, Ledger], None], check: str
) -> None:
    """Lost, doubled, misplaced, missing: the check that is for it says so."""
    seen, ledger = sound()

    break_it(seen, ledger)

    assert check in failing(seen, ledger)


def test_every_check_is_broken_once() -> None:
    """No check is among them that cannot fail."""
    assert {check for _, check in BROKEN} == set(checks.all_checks(*sound()))


def test_the_longest_stop_is_where_something_waited() -> None:
    """Silence without anything to do is no stop; a wait between two decisions is."""
    idle = [(0, 1), (10, -1), (90_000, 1), (90_020, -1)]
    stalled = [(0, 1), (5, 1), (10, -1), (4_010, -1)]

    assert stops.longest_stop([idle]) == 0.02
    assert stops.longest_stop([idle, stalled]) == 4.0


def test_a_deck_deals_every_kind_before_any_twice() -> None:
    """A short campaign meets every kind; a seed deals the same again."""
    kinds = {"a": 5.0, "b": 1.0, "c": 0.1}

    first = list(islice(deck(kinds, random.Random(3)), 20))

    assert set(first[:3]) == set(kinds)
    assert first == list(islice(deck(kinds, random.Random(3)), 20))
