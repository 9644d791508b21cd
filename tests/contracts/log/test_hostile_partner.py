"""Partners with valid keys, and a router that lies, against the log and its audit."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest

from contracts import topics
from contracts.encoding import b64u, canonical, digest, sha256
from contracts.envelope import verify
from contracts.envelope.issue import FACTS, Issued, Recipient
from contracts.envelope.model import (
    Call,
    Declared,
    Informed,
    LeftOut,
    Linked,
    Ref,
    desk_urn,
)
from contracts.log import replay, settle
from contracts.log.orders import OrderKind, make_order
from contracts.log.replay import Finding, Replayer
from contracts.scopes import ACK_STAGES, SCOPES
from contracts.state import Duty, State, View
from tests.contracts.asking import CONVENTION
from tests.contracts.envelope import kit
from tests.contracts.log.bus import CONVD, OWNER, Bus, copy_of
from tests.contracts.log.test_hostile_issuer import deliveries, notices

CALL = Call(to="duty_magistrate", at=kit.NOW - 60, ref=b64u(bytes(16)))
DECLARED = Declared(
    informed=Informed(parents="informed", minor="informed"), call=CALL, danger=True,
    inquiry=False, parents_told="written", parents_agree=True, measure_open=True,
)  # fmt: skip
CASE = b64u(sha256(b"a case that several desks know"))


def said(issuer: str, etype: str, *to: Recipient, seed: str, **more: Any) -> Issued:
    """A signed event of the one case."""
    facts = {name: more.pop(name) for name in FACTS & set(more)}
    return kit.sample_issue(
        issuer, list(to), etype=etype, seed=seed, facts=facts,
        **{"case": CASE, "convd": CONVD, "declared": DECLARED, **more},
    )  # fmt: skip


def to(
    desk: str, purpose: str, *scopes: str, keep: str = "P30", re: tuple[Ref, ...] = ()
) -> Recipient:
    """One addressee."""
    bodies = {scope: {"text": "a note"} for scope in scopes}
    return Recipient(desk_urn("civil", desk), purpose, bodies, keep, re)


def instruction(seed: str, due: str) -> Issued:
    """R22 with the date by which the CRIP is to answer."""
    return said("parq-civ", "ST", to("crip", "evaluate", "IDENTITY"), seed=seed, due=due)


def ordered(bus: Bus, kind: OrderKind, content: dict[str, Any], start: int) -> None:
    """A further signed order on control."""
    value = make_order(
        bus.name, kind, content, last=bus.registry.last, start=start, signers=[OWNER]
    )  # fmt: skip
    assert bus.registry.extend([value]) == []


def alarms(bus: Bus, now: int) -> list[str]:
    """Codes of what the auditor finds alarming."""
    return [one.code for one in bus.replay(now) if one.alarm]


def same_state(bus: Bus) -> None:
    """A router that starts again knows what the living one knows."""
    for number, router in bus.routers.items():
        if bus.log(number):
            again, living = bus.rebuilt(number), router.state
            assert (again.tail, again.cases, again.chain) == (
                living.tail,
                living.cases,
                living.chain,
            )
            assert (again.seq, again.seen) == (living.seq, living.seen)
            assert View(again).next_due() == View(living).next_due()


# Denial of audit: an honest log must pass


def test_an_event_after_one_that_falls_due_at_once_in_the_same_batch() -> None:
    """A reply wanted by yesterday is overdue before the next event of the batch is decided."""
    bus = Bus()
    first, second = instruction("1", "2026-11-23"), instruction("2", "2026-11-23")

    bus.route(kit.inbound(first, offset=1), kit.inbound(second, offset=2))
    bus.tick(kit.NOW + 2)

    number = kit.inbound(first).partition
    kinds = [orjson.loads(row.value)["kind"] for row in bus.log(number)][3:]
    assert kinds == ["decided", "overdue", "decided", "overdue"]
    assert alarms(bus, kit.NOW + 2) == []
    same_state(bus)


def test_a_clock_that_goes_back_hides_nothing_and_breaks_nothing() -> None:
    """The log's time never goes back: what is due by it is reported before the next decision."""
    bus = Bus()
    bus.route(kit.inbound(instruction("1", "2026-11-23"), offset=1), now=kit.NOW + 100)

    bus.route(kit.inbound(instruction("2", "2026-12-23"), offset=2), now=kit.NOW + 1)

    assert alarms(bus, kit.NOW + 100) == []
    same_state(bus)


def test_an_order_at_the_very_instant_at_which_a_duty_falls_due() -> None:
    """Orders come first at an instant; the auditor knows."""
    bus = Bus()
    report = said("edu-h-1", "SIG", to("parq-civ", "protect_now", "FACTS"), seed="1")
    bus.route(kit.inbound(report, offset=1), now=kit.NOW)
    content = {"shards": 1, "partitions": topics.PARTITIONS}
    ordered(bus, "layout", content, kit.NOW + 2 * 3600)

    bus.tick(kit.NOW + 3 * 3600)

    kinds = [orjson.loads(row.value)["kind"] for row in bus.log(kit.inbound(report).partition)]
    assert kinds[-2:] == ["layout", "overdue"]
    assert alarms(bus, kit.NOW + 3 * 3600) == []


def test_a_log_begins_only_when_a_directory_can_say_who_signed_its_genesis() -> None:
    """Control holds a layout alone for a while: a router that then starts again can read its log."""
    bus = Bus()
    whole = copy_of(bus.registry)
    bus.registry.orders = bus.registry.orders[:1]
    bus.tick(kit.NOW)
    assert bus.log(0) == []

    bus.registry.orders = whole.orders[:2]
    bus.tick(kit.NOW + 1)
    bus.registry.orders = whole.orders
    bus.tick(kit.NOW + 2)

    assert alarms(bus, kit.NOW + 2) == []
    same_state(bus)


@pytest.mark.parametrize("every", [1, 2, 3, 4, 5, 6, 7, 500])
def test_an_id_used_again_after_its_cover_expired_replays_wherever_views_are_merged(
    every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused, expired, used again for another event, and that one sent twice."""
    monkeypatch.setattr(replay, "MERGE_EVERY", every)
    bus = Bus()
    first = said("edu-h-1", "IP", to("pol", "assess", "FACTS"), seed="1", lifetime=60)
    jti = first.claims.jti
    later = kit.NOW + 120
    again = said("edu-h-1", "IP", to("pol", "assess", "FACTS"), seed="2", at=later, jti=jti)
    between = instruction("3", "2026-12-23")

    bus.route(kit.inbound(first, offset=1), now=kit.NOW)
    bus.route(kit.inbound(between, offset=2), kit.inbound(again, offset=3), now=later)
    for offset in (4, 5):
        bus.route(kit.inbound(again, offset=offset), now=later + offset)

    kinds = [orjson.loads(row.value)["kind"] for row in bus.log(kit.inbound(first).partition)]
    assert kinds[3:] == ["decided", "decided", "decided", "duplicate", "duplicate"]
    assert alarms(bus, later + 5) == []
    same_state(bus)


def test_a_date_beyond_the_calendar_is_quarantined_and_told_and_stops_nobody() -> None:
    """Three months from now are beyond the tables: its issuer is told, the next is routed."""
    bus = Bus()
    short = replace(CONVENTION.calendar, last=date(2026, 12, 31))
    bus.registry.conventions[CONVD] = replace(CONVENTION, calendar=short)
    alert = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="1")

    bus.route(kit.inbound(alert, offset=1), kit.inbound(instruction("2", "2026-12-23"), offset=2))

    assert [one["code"] for one in notices(bus, "edu-s")] == ["calendar_ended"]
    assert len(deliveries(bus, "crip")) == 1
    assert alarms(bus, kit.NOW + 1) == []


@pytest.mark.parametrize("day", ["0001-01-01", "2025-05-31", "2026-02-28", "9999-12-31"])
def test_a_link_with_any_date_is_routed(day: str) -> None:
    """Before the tables or beyond them, with an evaluation under way and before another."""
    bus = Bus()
    linked = Linked(peer=b64u(bytes([7]) * 32), date=day)
    request = to("ase", "evaluate", "FACTS", keep="P90")
    events = [
        said("crip", "EVALREQ", request, seed="1"),
        said("crip", "LINK", seed="2", linked=linked, declared=Declared()),
        said("crip", "EVALREQ", request, seed="3"),
        said("crip", "UNLINK", seed="4", linked=linked, declared=Declared()),
    ]

    for at, one in enumerate(events):
        bus.route(kit.inbound(one, offset=at + 1))
    bus.tick(kit.NOW + 2)

    assert {one["kind"] for one in notices(bus, "crip")} >= {"decided"}
    assert not [one for one in notices(bus, "crip") if one.get("refused") or "code" in one]
    assert alarms(bus, kit.NOW + 2) == []
    same_state(bus)


# What a desk may learn


def test_a_withdrawn_signalement_is_not_betrayed_to_who_never_heard_of_it() -> None:
    """The copy owed to the CRIP goes with the signalement, and the CRIP learns of neither."""
    bus = Bus()
    report = said("edu-h-1", "SIG", to("parq-civ", "protect_now", "FACTS"), seed="1")
    back = said(
        "edu-h-1", "WITHDRAW", to("parq-civ", "withdraw", re=(report.ref,)), seed="2", declared=Declared()
    )  # fmt: skip

    bus.route(kit.inbound(report, offset=1), kit.inbound(back, offset=2))

    assert notices(bus, "edu-h-1")[-1]["duties"]["closed"]
    assert bus.inbox("crip") == []


def test_who_heard_of_a_duty_when_it_fell_overdue_hears_of_its_end() -> None:
    """The CRIP that was told that a copy is late is told that none will come."""
    bus = Bus()
    late = kit.NOW + 3 * kit.DAY
    report = said("edu-h-1", "SIG", to("parq-civ", "protect_now", "FACTS"), seed="1")
    back = said(
        "edu-h-1", "WITHDRAW", to("parq-civ", "withdraw", re=(report.ref,)), seed="2", at=late,
        declared=Declared(),
    )  # fmt: skip

    bus.route(kit.inbound(report, offset=1))
    bus.route(kit.inbound(back, offset=2), now=late)

    assert [one["kind"] for one in notices(bus, "crip")] == ["overdue", "duty_closed"]


# Order of what is due


def test_at_one_instant_overdue_comes_before_renewed_whatever_the_ids() -> None:
    """(instant, kind, id), as the log's page says."""
    view = View(State())
    known: dict[str, Any] = {
        "event": "e", "issuer": "i", "acts": ("ACK",), "stages": ("received",), "final": False,
        "debtor": "d", "creditor": "c", "legal": False, "repeat": False, "start": "delivery",
        "within": "1wd", "base": "", "occurrence": 1, "next": 100,
    }  # fmt: skip
    view.put_duty("t", Duty(**known, id="a", due=50, overdue=True))
    view.put_duty("t", Duty(**known, id="b", due=900))
    view.put_duty("t", Duty(**known, id="c", due=100))
    view.put_duty("t", Duty(**known, id="d", due=100))

    told = []
    while (entry := view.next_due()) is not None:
        told.append(entry[1:3])
        view.put_duty("t", replace(view.case("t").duties[entry[2]], status="closed"))

    assert told == [("overdue", "c"), ("overdue", "d"), ("renewed", "a"), ("renewed", "b")]


# A router that lies: its log must not pass


def refused_event(seed: str = "1", **more: Any) -> Issued:
    """A head teacher to the police."""
    return said("edu-h-1", "IP", to("pol", "assess", "FACTS"), seed=seed, **more)


def test_a_router_that_decides_an_event_twice_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two deliveries of one event are no duplicate and no honest log."""
    bus = Bus()
    alert = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="1")
    bus.route(kit.inbound(alert, offset=1))
    with monkeypatch.context() as lying:
        lying.setattr(settle, "reused", lambda *_: False)
        lying.setattr(View, "seen", lambda *_: None)
        bus.route(kit.inbound(alert, offset=2))
    assert len(deliveries(bus, "crip")) == 2

    assert alarms(bus, kit.NOW + 1) == ["decided_twice"]


@pytest.mark.parametrize(
    ("at", "code"), [(kit.NOW + 8 * kit.DAY, "expired"), (kit.NOW - 600, "issued_ahead")]
)
def test_a_router_that_decides_out_of_time_is_seen(
    at: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An expired cover, or one that is not issued yet."""
    bus = Bus()
    with monkeypatch.context() as lying:
        lying.setattr(verify, "check_times", lambda *_: None)
        bus.route(kit.inbound(refused_event(), offset=1), now=at)

    assert alarms(bus, at) == [code]


def test_a_router_that_takes_a_cover_under_another_convention_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A digest that control never brought."""
    bus = Bus()
    event = refused_event(convd=digest("no convention"))
    with monkeypatch.context() as lying:
        lying.setattr(type(bus.registry), "accepts", lambda *_: True)
        bus.route(kit.inbound(event, offset=1))

    assert alarms(bus, kit.NOW + 1) == ["unknown_convention"]


def test_a_router_that_takes_orders_out_of_turn_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory skipped until a newer one makes it void would keep a revoked key alive."""
    bus = Bus()
    bus.tick(kit.NOW)
    content = {"shards": 1, "partitions": topics.PARTITIONS}
    ordered(bus, "layout", content, kit.NOW + 1)
    ordered(bus, "layout", content, kit.NOW + 2)
    waiting = bus.registry.orders
    bus.registry.orders = [*waiting[:3], waiting[4]]
    bus.tick(kit.NOW + 3)
    bus.registry.orders = waiting
    bus.tick(kit.NOW + 4)

    assert set(alarms(bus, kit.NOW + 4)) == {"order_out_of_turn"}


def chained(bus: Bus, evidence: bytes, **changes: Any) -> list[Finding]:
    """The findings on a record by the router's own hand, after an honest beginning."""
    bus.tick(kit.NOW)
    replayer, known = Replayer("civil", 0, bus.registry), bus.evidence(0)
    for row in bus.log(0):
        assert not replayer.step(row.value, tuple(row.headers), known[row.key.decode()])
    tail = bus.routers[0].state.tail
    record = {
        "realm": "civil", "partition": 0, "index": tail.index, "prev": tail.leaf, "at": kit.NOW,
        "kind": "decided", "evd": b64u(sha256(evidence)), "outs": [],
        "src": {"topic": "t", "offset": 1, "sha": "x"},
    }  # fmt: skip
    record |= changes
    record = {name: value for name, value in record.items() if value is not None}
    return replayer.step(canonical(record), (), evidence)


@pytest.mark.parametrize(
    "evidence",
    [
        b"", b"null", b"[]", b"1", b"{}", b'{"salt":1}', b'{"salt":"","cover":1,"heads":[]}',
        b'{"cover":"a.b.c","heads":[{"head":1}],"salt":"AA"}', b'{"code":1,"place":2,"salt":[]}',
        b'{"order":[],"salt":""}', b"\xff",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "kind",
    ["decided", "duplicate", "quarantined", "overdue", "genesis", "adopted", "erased", None, 1],
)
def test_a_malformed_record_is_a_finding_and_no_crash(evidence: bytes, kind: Any) -> None:
    """The auditor reads what a liar signed."""
    assert [one.alarm for one in chained(Bus(), evidence, kind=kind)] == [True]


@pytest.mark.parametrize(
    "changes",
    [
        {"src": None}, {"src": {"topic": "t"}}, {"at": 2**53 - 1}, {"at": "now"}, {"at": None},
        {"index": True}, {"prev": 1}, {"evd": 1}, {"partition": "0"}, {"realm": None},
    ],
)  # fmt: skip
def test_a_record_with_odd_fields_is_a_finding_and_no_crash(changes: dict[str, Any]) -> None:
    """Whatever the field."""
    event = refused_event()
    evidence = canonical({"salt": b64u(bytes(16)), "cover": event.cover, "heads": []})

    assert [one.alarm for one in chained(Bus(), evidence, **changes)] == [True]


# Anything with valid keys


BOUNDS = {"decided_on": (-60, 1), "received_on": (-60, 1), "ends_on": (-60, 200), "due": (-1, 300)}


@dataclass
class Partners:
    """Many desks about two cases, with odd references, dates, purposes, stages and scopes."""

    odd: random.Random
    number: int = 0
    now: int = kit.NOW
    known: list[Issued] = field(default_factory=list)

    def next(self) -> Issued:
        """One more event, at `now`."""
        self.number += 1
        self.now += self.odd.choice([0, 0, 1, 30, 7200, kit.DAY])
        etype = self.odd.choice(
            ["ordinary"] * 9 + ["ACK"] * 8 + ["WITHDRAW", "LINK", "UNLINK", "X"]
        )
        make = {"ACK": self.ack, "WITHDRAW": self.withdraw, "LINK": self.link, "UNLINK": self.link}
        issued = make.get(etype, self.ordinary)(etype)
        self.known.append(issued)
        return issued

    def ordinary(self, etype: str) -> Issued:
        """An act under some clause, to some who may get it and some who may not."""
        odd = self.odd
        grant = odd.choice([one for one in CONVENTION.grants if one.realm == "civil" and one.keep])
        issuer = odd.choice(by_role(grant.issuers))
        desks = odd.sample(by_role(grant.recipients), 1)
        desks += [one for one in odd.sample(CIVIL, odd.choice([0, 0, 3])) if one not in desks]
        some = [
            to(desk, grant.purpose, *self.scopes(grant.released), keep=grant.keep, re=self.re())
            for desk in desks
        ]
        more: dict[str, Any] = {}
        for name in odd.sample(sorted(BOUNDS), 2):
            more[name] = self.day(*BOUNDS[name])
        if odd.random() < 0.5:
            more["final"] = True
        if odd.random() < 0.3:
            more |= {"phase": "end", "ends": self.re(issuer) or self.re()}
        if odd.random() < 0.2:
            more["left_out"] = (LeftOut(desk=some[0].desk, scopes=("HEALTH", "FACTS")),)
        return self.say(issuer, etype if etype == "X" else grant.event, *some, **more)

    def ack(self, _: str) -> Issued:
        """Mostly by who was addressed, of the issuer's event, twice in one."""
        past = self.odd.choice(self.known) if self.known else None
        if past is None or not past.claims.to or self.odd.random() < 0.1:
            return self.say(
                "crip", "ACK", to("ase", "acknowledge", re=self.re("ase")), stage="received"
            )
        issuer = self.odd.choice(past.claims.to).desk.rpartition(":")[2]
        desk = past.claims.iss.rpartition(":")[2]
        stage = self.odd.choice(ACK_STAGES)
        return self.say(issuer, "ACK", to(desk, "acknowledge", re=(past.ref,) * 2), stage=stage, case=past.claims.sub)  # fmt: skip

    def withdraw(self, _: str) -> Issued:
        """By its issuer, from some who have it."""
        past = self.odd.choice(self.known) if self.known else None
        if past is None or not past.claims.to:
            return self.link("LINK")
        desk = past.claims.to[0].desk.rpartition(":")[2]
        issuer = past.claims.iss.rpartition(":")[2]
        return self.say(
            issuer, "WITHDRAW", to(desk, "withdraw", re=(past.ref,)), case=past.claims.sub
        )

    def link(self, etype: str) -> Issued:
        """Back in time, or far ahead."""
        day = self.odd.choice(["0001-01-01", "9999-12-31", self.day(-90, 2)])
        linked = Linked(peer=self.odd.choice(CASES), date=day)
        return self.say("crip", etype, linked=linked)

    def say(self, issuer: str, etype: str, *some: Recipient, **more: Any) -> Issued:
        """Signed, about one of the cases."""
        seed = f"{self.odd.random()} {self.number}"
        case = {"case": self.odd.choice(CASES[:2])} | more
        return said(issuer, etype, *some, seed=seed, at=self.now, **case)

    def re(self, issuer: str = "") -> tuple[Ref, ...]:
        """References to events that may exist, be another's, withdrawn, or of the other case."""
        found = [one.ref for one in self.known if one.claims.iss.endswith(issuer)]
        return tuple(self.odd.choices(found, k=self.odd.choice([1, 2, 16]))) if found else ()

    def scopes(self, released: frozenset[str]) -> set[str]:
        """Those that pass, and sometimes one that does not."""
        found = set(self.odd.sample(sorted(released), 1))
        return found | set(self.odd.sample(sorted(SCOPES), self.odd.choice([0, 0, 1])))

    def day(self, first: int, last: int) -> str:
        """Days from the event's own."""
        day = datetime.fromtimestamp(self.now, UTC) + timedelta(self.odd.randint(first, last))
        return day.date().isoformat()


CIVIL = [desk for desk in kit.DESKS if "civil" in kit.DESKS[desk][1]]
CASES = [b64u(sha256(f"case {at}".encode())) for at in range(4)]


def by_role(roles: tuple[str, ...]) -> list[str]:
    """Their desks."""
    return [desk for desk in CIVIL if kit.DESKS[desk][0] in roles]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_partners_publish_is_routed_and_replays(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No input raises; live, rebuilt and replayed agree; no duty is told twice of one event."""
    monkeypatch.setattr("contracts.envelope.issue.check_cover", lambda _: None)
    monkeypatch.setattr(replay, "MERGE_EVERY", 1 + seed * 6)
    bus, odd = Bus(), random.Random(seed)
    partners, waiting = Partners(odd), []

    for batch in range(60):
        waiting = [partners.next() for _ in range(odd.choice([1, 1, 2, 5]))]
        waiting += odd.sample(partners.known, 1)
        numbered = [kit.inbound(one, offset=batch * 9 + at) for at, one in enumerate(waiting)]
        bus.route(*numbered, now=partners.now)
    end = partners.now + 400 * kit.DAY
    bus.tick(end)

    assert alarms(bus, end) == []
    same_state(bus)
    told_once(bus)


def told_once(bus: Bus) -> None:
    """No notice lists one duty twice in one way, and no desk's sequence has a hole."""
    for desk in kit.DESKS:
        if "civil" not in kit.DESKS[desk][1]:
            continue
        for notice in notices(bus, desk):
            for kind, duties in notice.get("duties", {}).items():
                ids = [one["id"] for one in duties]
                assert len(ids) == len(set(ids)), (kind, ids)


ODD_VALUES: list[Callable[[dict[str, Any]], object]] = [
    lambda c: c.update(exp=2**53 - 1),
    lambda c: c.update(iat=0),
    lambda c: c.update(exp=c["iat"]),
    lambda c: c.update(decided_on="9999-12-31"),
    lambda c: c.update(ends_on="0000-00-00"),
    lambda c: c.update(due="2026-02-30"),
    lambda c: c.update(received_on="0001-01-01"),
    lambda c: c.update(stage="received"),
    lambda c: c.update(linked={"peer": "A" * 43, "date": "9999-12-31"}),
    lambda c: c.update(ends=[{"iss": c["iss"], "jti": c["jti"]}]),
    lambda c: c.update(phase="end", ends=[{"iss": c["iss"], "jti": c["jti"]}] * 16),
    lambda c: c.update(to=c["to"] * 2),
    lambda c: c.update(to=[]),
    lambda c: c["to"][0].update(desk=c["iss"]),
    lambda c: c["to"][0].update(desk="urn:relais:civil:desk:nobody"),
    lambda c: c["to"][0].update(desk="urn:relais:criminal:desk:pol"),
    lambda c: c["to"][0].update(re=[{"iss": c["iss"], "jti": c["jti"]}] * 16),
    lambda c: c["to"][0].update(re=[{"iss": c["iss"], "jti": c["jti"]}] * 17),
    lambda c: c.update(attempt=True),
    lambda c: c.update(etype="LINK"),
    lambda c: c.update(etype="ACK", stage="unreadable"),
    lambda c: c.update(etype="WITHDRAW"),
    lambda c: c.update(sub="A" * 43),
    lambda c: c.update(convd="A" * 43),
    lambda c: c.update(prev="A" * 43),
    lambda c: c.update(jti="not an id"),
    lambda c: c.update(final=False),
    lambda c: c.update(left_out=[{"desk": c["iss"], "scopes": ["FACTS"] * 34}]),
    lambda c: c.update(declared={"call": {"to": "police_17", "at": 2**53 - 1, "ref": "A" * 22}}),
]


@pytest.mark.parametrize("change", range(len(ODD_VALUES)))
def test_an_odd_cover_with_a_valid_signature_ends_in_a_record(change: int) -> None:
    """Decided, refused or quarantined, told to its issuer, and replayed; never raised."""
    bus = Bus()
    alert = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="1")
    record = kit.reissue(alert, ODD_VALUES[change]).inbound(offset=1)

    bus.route(record)
    bus.tick(kit.NOW + 2)

    kinds = [orjson.loads(row.value)["kind"] for row in bus.log(record.partition)][3:]
    assert kinds[:1] in (["decided"], ["quarantined"])
    assert set(alarms(bus, kit.NOW + 2)) <= {"prev_does_not_follow"}
    same_state(bus)
