"""What must hold after any faults: nothing lost, nothing twice, in order, without gaps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any, Final

from contracts.decision.state.state import RENEW_SECONDS
from tests.simulation.ledger import Ledger, Message
from tests.simulation.partners import Accepted, Seen, by_case

Found = list[str]


def all_checks(seen: Seen, ledger: Ledger) -> dict[str, Found]:
    """Every check that needs no service, by name."""
    return {
        "accepted and not published": not_published(seen.accepted, ledger),
        "published and never accepted": never_accepted(seen.accepted, ledger),
        "published twice": published_twice(ledger),
        "lost: not decided": not_decided(ledger),
        "decided twice": decided_twice(ledger),
        "put aside": put_aside(ledger),
        "messages lost": messages_lost(ledger),
        "messages twice or of no record": messages_too_many(ledger),
        "other deliveries than the answer promised": other_deliveries(seen.accepted, ledger),
        "order of outboxes not kept": out_of_order(ledger),
        "order of a case not kept": cases_out_of_order(seen.accepted, ledger),
        "gaps in sequences": gaps(ledger),
        "overdue told twice": overdue_twice(ledger),
        "due and not told": not_told(ledger),
        "put aside and not kept": not_kept(ledger),
        "inboxes as their desks read them": as_read(seen, ledger),
    }


def not_published(accepted: Iterable[Accepted], ledger: Ledger) -> Found:
    """Events that a 202 named and no outbox holds."""
    there = {one.event for one in ledger.published}
    return sorted({event for one in accepted for event in one.events} - there)


def never_accepted(accepted: Iterable[Accepted], ledger: Ledger) -> Found:
    """Events in an outbox that no 202 named: a retry made a second one of the same request."""
    known = {event for one in accepted for event in one.events}
    return sorted({one.event for one in ledger.published} - known)


def published_twice(ledger: Ledger) -> Found:
    """Events that stand twice in outboxes."""
    return _repeated(one.event for one in ledger.published)


def not_decided(ledger: Ledger) -> Found:
    """Covers in an outbox on which no log decided."""
    decided = ledger.decided
    return [
        f"{one.event} {one.topic}/{one.partition} at {one.offset}"
        for one in ledger.published
        if one.cover not in decided
    ]


def decided_twice(ledger: Ledger) -> Found:
    """Covers on which a log decided more than once, and inputs taken more than once."""
    covers = [cover for cover, records in ledger.decided.items() if len(records) > 1]
    return covers + _repeated(one.source for one in ledger.records if one.source)


def put_aside(ledger: Ledger) -> Found:
    """Duplicates and quarantined records: partners wrote neither."""
    return [
        f"{one.record['kind']} {one.code} at {one.record['at']}"
        for one in ledger.records
        if one.record["kind"] in ("duplicate", "quarantined")
    ]


def messages_lost(ledger: Ledger) -> Found:
    """What a record sent (`outs`) and no inbox holds."""
    there = Counter((one.realm, one.claims["dec"], one.hash) for one in ledger.messages)
    return [f"{key}" for key in (_sent(ledger) - there)]


def messages_too_many(ledger: Ledger) -> Found:
    """What an inbox holds twice, or without a record that sent it."""
    there = Counter((one.realm, one.claims["dec"], one.hash) for one in ledger.messages)
    return [f"{key}" for key in (there - _sent(ledger))]


def other_deliveries(accepted: Iterable[Accepted], ledger: Ledger) -> Found:
    """Addressees to whom the intake promised something (by the convention, on its own) in vain.

    The intake foresees, the router decides: two readings of the convention at two places. What
    depends on the case, the router alone can tell; its decisions the audit makes again.
    """
    delivered = {
        (one.slip["jti"], one.desk): sorted(one.claims["clauses"])
        for one in ledger.messages
        if one.slip
    }
    found = []
    for one in accepted:
        for line in one.lines:
            place = line.get("event", ""), line["desk"]
            if line["verdict"] == "release" and delivered.get(place) != sorted(line["scopes"]):
                found.append(f"{place}: {line['scopes']}, got {delivered.get(place)}")
            if line["verdict"] in ("withhold", "attempt") and place in delivered:
                found.append(f"{place}: nothing, got {delivered[place]}")
    return found


def out_of_order(ledger: Ledger) -> Found:
    """Inputs of one outbox's partition that were decided in another order than they stand there."""
    last: dict[tuple[str, int], int] = {}
    found = []
    for one in ledger.records:
        if one.source is None:
            continue
        topic, partition, offset = one.source
        if offset <= last.get((topic, partition), -1):
            found.append(f"{topic}/{partition} at {offset}")
        last[topic, partition] = offset
    return found


def cases_out_of_order(accepted: Iterable[Accepted], ledger: Ledger) -> Found:
    """Cases whose events were decided in another order than they were accepted."""
    published = {one.event: one for one in ledger.published}
    index = {cover: records[0].record["index"] for cover, records in ledger.decided.items()}
    found = []
    for (desk, case), events in by_case(accepted).items():
        places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for event in dict.fromkeys(events):  # a retried withdrawal or ACK names the first again
            one = published.get(event)
            if one is not None and one.cover in index:
                places[one.realm, one.case].append(index[one.cover])
        if any(a >= b for indexes in places.values() for a, b in pairwise(indexes)):
            found.append(f"{desk}, {case}")
    return found


def gaps(ledger: Ledger) -> Found:
    """Inboxes' partitions whose sequence is not 1, 2, 3 and so on."""
    last: Counter[tuple[str, str, int]] = Counter()
    found = []
    for one in ledger.messages:
        place = one.realm, one.desk, one.partition
        last[place] += 1
        if one.claims["seq"] != last[place] or one.claims["partition"] != one.partition:
            found.append(f"{place} at {one.claims['seq']}")
    return found


def overdue_twice(ledger: Ledger) -> Found:
    """Duties of which a desk was told twice that they are overdue since the same instant."""
    return _repeated((one.desk, duty["id"], duty["due"]) for one, duty in overdue(ledger))


def not_told(ledger: Ledger) -> Found:
    """Duties of which a log had to speak before its last record, and did not.

    By what its evidence says, folded here and in no other way than this: a router and an auditor
    that both forgot a duty would agree.
    """
    due: dict[tuple[str, str], int] = {}
    last: dict[str, int] = {}
    place: dict[tuple[str, str], str] = {}
    for one in ledger.records:
        where = f"{one.realm}/{one.partition}"
        last[where] = one.record["at"]
        for effect in one.beside.get("effects", ()):
            duty = one.realm, effect.get("id") or effect.get("duty", {}).get("id", "")
            if effect["k"] == "duty_opened":
                due[duty], place[duty] = effect["duty"]["next"], where
            elif effect["k"] in ("duty_closed", "duty_cancelled"):
                due.pop(duty, None)
            elif duty in place and effect["k"] in _SPOKEN:
                due[duty] = _SPOKEN[effect["k"]](effect)
    return [f"{duty}" for duty, at in due.items() if at < last[place[duty]]]


_SPOKEN: Final[Mapping[str, Callable[[Mapping[str, Any]], int]]] = {
    "duty_reopened": lambda it: int(it["next"]),
    "duty_renewed": lambda it: int(it["next"]),
    "duty_moved": lambda it: int(it["due"]),
    "duty_overdue": lambda it: int(it["at"]) + RENEW_SECONDS,
}


def not_kept(ledger: Ledger) -> Found:
    """Inputs that a log put aside and whose bytes are not in quarantine."""
    aside = (one for one in ledger.records if one.record["kind"] == "quarantined" and one.code)
    return [
        f"{one.code} {one.leaf}"
        for one in aside
        if (src := one.record.get("src")) and (one.realm, one.leaf, src["sha"]) not in ledger.kept
    ]


def overdue(ledger: Ledger) -> list[tuple[Message, dict[str, Any]]]:
    """Notices that a duty is overdue, each with the duty."""
    told = (one for one in ledger.messages if one.claims.get("kind") == "overdue")
    return [(one, one.claims["duty"]) for one in told]


def as_read(seen: Seen, ledger: Ledger) -> Found:
    """What desks read by cursor over HTTP, through restarts, is what is in their inboxes."""
    there: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for one in deliveries(ledger):
        there[one.desk][one.realm, one.slip["jti"]] += 1
    found = list(dict.fromkeys(seen.missing))
    for desk in sorted(there.keys() | seen.arrived.keys()):
        found += [f"{desk} never saw {one}" for one in there[desk] - seen.arrived[desk]]
        found += [f"{desk} saw too often {one}" for one in seen.arrived[desk] - there[desk]]
    return found


def deliveries(ledger: Ledger) -> list[Message]:
    """Deliveries, without notices."""
    return [one for one in ledger.messages if one.slip]


def wanted(ledger: Ledger) -> dict[str, int]:
    """Desk -> how many deliveries its inboxes hold."""
    return dict(Counter(one.desk for one in deliveries(ledger)))


def findings_of(verdict: Mapping[str, Any]) -> Found:
    """Alarms of an audit's replay."""
    return [
        f"{one['realm']}/{one['partition']} at {one['index']}: {one['code']} {one['detail']}"
        for one in verdict["findings"]
        if one["alarm"]
    ]


def _sent(ledger: Ledger) -> Counter[tuple[str, str, str]]:
    return Counter(
        (one.realm, one.leaf, out) for one in ledger.records for out in one.record["outs"]
    )


def _repeated(found: Iterable[Any]) -> Found:
    return [str(one) for one, count in Counter(found).items() if count > 1]
