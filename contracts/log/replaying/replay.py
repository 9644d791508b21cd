"""The auditor's replay: decide again from the log and its evidence, and compare byte by byte.

No decryption key is used or needed. Each record is settled again by the `step` that settled it,
from the recorded instant, salt and input, in a state rebuilt from the records before it
(`look_again.py`); behind a fault it goes on where that is sound (`footing.py`).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from contracts.convention.retention import DAY_S, quarantine_days
from contracts.decision.state.effects import Effect
from contracts.decision.state.state import State
from contracts.encoding import digest, json_object, leaf_hash
from contracts.envelope.model import CLOCK_SKEW
from contracts.envelope.wire import Inbound
from contracts.errors import LogError, RelaisError
from contracts.keys.jose import kid_of
from contracts.log.chain import MALFORMED
from contracts.log.entry import Site
from contracts.log.erasing.erasure import read_stub
from contracts.log.orders.registry import Registry
from contracts.log.replaying.difference import DiffersError, check_same
from contracts.log.replaying.finding import (
    IN_DOUBT,
    LOST,
    SAME,
    AuditFinding,
    Judgement,
    Shared,
    Tally,
    claim_of,
    event_of,
    faulty,
    instant_of,
)
from contracts.log.replaying.footing import Footing
from contracts.log.replaying.look_again import from_evidence, look_again
from contracts.vocabulary import topics

Said = tuple[str, str, bool]  # code, detail, whether it is an alarm

# That an event does not follow its issuer's last one.
_CHAINS: Final[dict[str, Said]] = {
    "broken": ("prev_does_not_follow", "a cover is missing before this one", True),
    "absent": ("prev_absent", "the issuer starts again", False),
}
# What is found of an event, whose own place is told; anything else is told of the record.
_OF_EVENTS: Final = {"quarantined", "prev_does_not_follow", "prev_absent", IN_DOUBT}
_TOPIC: Final = re.compile(r"[a-z0-9.-]{1,120}")


class Replayer(Footing):
    """Replays one partition, record by record.

    Attributes:
        tally: counts so far.
        shared: what went to whom by which grant, in the records that this one has replayed.
        judgement: of the last record.
    """

    def __init__(
        self,
        realm: str,
        partition: int,
        registry: Registry,
        ids: MutableMapping[str, Any] | None = None,
        state: State | None = None,
        tally: Tally | None = None,
    ) -> None:
        """A replayer at the beginning of a log, or behind what was replayed before.

        Args:
            ids: event id, or digest of a case's token -> where it was decided first (instant,
                partition, index, topic and offset of its input), shared by the replayers of a
                realm: no router sees one in another partition, the auditor does.
            state, tally: of the records before the first, as `settled` and `tally` told them.
        """
        super().__init__(Site(realm, partition), registry, state)
        self.tally = tally or Tally()
        self.shared = Shared()
        self._ids = ids if ids is not None else {}
        self._strays = set[str]()  # cases of another partition, each told once
        self._routed_at = 0  # instant of the last input's record
        self.judgement = SAME

    def step(self, read: Inbound, evidence: bytes | None) -> list[AuditFinding]:
        """Replay one record of the partition; findings are returned, never raised.

        What cannot be decided again is counted as unaudited: a record that follows nothing, and all
        that follow once the footing is lost.
        """
        self.judgement = LOST
        try:
            record = None if self.lost else self.next(read.value)
        except (RelaisError, *MALFORMED) as error:
            self.tally.unaudited += 1
            self.judgement = faulty(_why(error)[0])
            told = self.stray(read.value, read.headers)
            which, beside = self._numbered(read), json_object(evidence)
            return [self._found(read, which, beside, _why(error))] if told else []
        if record is None:
            self.tally.unaudited += 1
            return []
        try:
            return self._judge(read, record, evidence)
        except (RelaisError, *MALFORMED) as error:
            self.fault(record, read.value, read.headers, evidence)
            self.judgement = faulty(_why(error)[0])
            found = self._found(read, record, json_object(evidence), _why(error))
            return [_with_difference(found, record, error)]

    @property
    def index(self) -> int:
        """Of the next record."""
        return self.view.tail.index

    def finish(
        self, now: int, *, is_cut: bool = False, latest: int | None = None
    ) -> list[AuditFinding]:
        """What is missing at the end: the tail's signature, a due instant or an order unrecorded.

        Nothing where the end is not known: the router's records that follow nothing may have them.

        Args:
            latest: instant that no record was written after; None: nobody knows one.
            is_cut: the log may go on: a stub whose erasure would be recorded later is told, and is
                no alarm.
        """
        if self.unsure or self.is_cut_off:
            return []
        view, said = self.view, list[Said]()
        index, done = view.tail.index, view.tail.orders
        if not self.signed:
            said.append(("tail_unsigned", "", True))
        if latest is not None and view.tail.at > latest + 2 * CLOCK_SKEW:  # the router's and ours
            said.append(("recorded_ahead", f"until {view.tail.at}", True))
        next_due = view.next_due()
        if index and next_due is not None and next_due[0] <= now:
            said.append(("due_unreported", "silence hidden", True))
        waiting = view.tail.waiting[:1]
        if any((kept := view.kept.get(leaf)) and kept.released <= now for leaf in waiting):
            said.append(("release_unsettled", "", True))
        if index and self._late(now):
            # It was none, perhaps, as a router that was up has seen.
            self.registry.check_unrecorded(done)
            if late := self._late(now):  # ignored, a revoked key would stay alive
                said.append(("order_unrecorded", f"order {late[0]}", True))
        try:
            self.erasures.check_recorded(done)
        except LogError as error:
            early = "erasure_unconfirmed", str(error.got), False
            said.append(early if is_cut else _why(error))
        return [AuditFinding(self.site.partition, index, *one) for one in said]

    def _late(self, now: int) -> list[int]:
        """Numbers of the orders that the log should have by now."""
        done = self.view.tail.orders
        return [one.n for one in self.registry.orders if one.n not in done and one.start <= now]

    def undone(self, stubs: Container[str]) -> list[AuditFinding]:
        """What was recorded as erased, and was read whole, and has no stub.

        Args:
            stubs: leaves of all stubs there are.
        """
        return [
            AuditFinding(self.site.partition, index, "erasure_undone", leaf)
            for leaf, index in self.erasures.unread.items()
            if leaf not in stubs
        ]

    def _judge(
        self, read: Inbound, record: dict[str, Any], evidence: bytes | None
    ) -> list[AuditFinding]:
        """Settle a record again and compare; or fold what an order has left of it.

        That the evidence is another, or none, comes before all else.
        """
        value, text = read.value or b"", evidence or b""
        leaf = leaf_hash(value)
        stub = read_stub(evidence, leaf, self.site.partition, self.registry)
        beside = self.beside(record, evidence, leaf) if stub is None else stub
        self.erasures.take(record, leaf, beside, text)
        said: list[Said] = []
        effects: Sequence[Effect]
        if stub is None:
            said += self._gone_early(record, beside)
            entry = look_again(self, record, beside)
            check_same(value, text, entry)
            effects, judgement = entry.effects, SAME
        else:
            self.fold(record, leaf, stub)
            effects, judgement = stub["effects"], Judgement("erased", order=stub["erased"])
        self.erasures.take_evidence(leaf, beside, text, self.view.tail.orders)
        signed = self.check_signature(read.headers)
        reused = self._reused(record, beside, effects)
        _count_shared(self.shared, effects)
        said += self._late_order(record, effects)
        if stub is None:
            said += [*self._count(record, beside), *self._doubtful(record, beside)]
        else:  # no alarm
            self.tally.erased += 1
            said.append(("erased", f"by order {stub['erased']}", False))
        found = [self._found(read, record, beside, one) for one in said]
        self.take(signed=signed)
        self.judgement = judgement
        return reused + found

    def _numbered(self, read: Inbound) -> dict[str, Any]:
        """What is believed of a record that follows nothing: which one it says it is."""
        with suppress(RelaisError):
            if (index := self.read(read.value)["index"]) >= 0:
                return {"index": index}
        return {}

    def _found(
        self, read: Inbound, record: dict[str, Any], beside: dict[str, Any], said: Said
    ) -> AuditFinding:
        """A finding with its place: of the event's input if the record is sound and has one."""
        topic, offset = topics.decisions(self.site.realm), read.offset
        if said[0] in _OF_EVENTS:
            with suppress(*MALFORMED):
                topic, offset = record["src"]["topic"], record["src"]["offset"]
        index = record.get("index", self.view.tail.index)
        at, event = instant_of(record, read), event_of(beside)
        return AuditFinding(self.site.partition, index, *said, event, topic, offset, at)

    def _reused(
        self, record: dict[str, Any], evidence: dict[str, Any], effects: Iterable[Effect]
    ) -> list[AuditFinding]:
        """That an event id or a case was decided in another partition too: of the later record."""
        source = record.get("src", {})  # a router that lies leaves it out
        place = source.get("topic", ""), source.get("offset", -1)
        own, found = [record["at"], self.site.partition, record["index"], *place], []
        seen = (effect["jti"] for effect in effects if effect["k"] == "seen")
        named = [(jti, jti, "id_reused_across_partitions") for jti in seen]
        if record["kind"] == "decided" and (case := claim_of(evidence, "sub")):
            named.append((digest(case), "", "case_in_two_partitions"))
        for name, jti, code in named:
            first, later = sorted((self._ids.get(name) or own, own))
            if first is own and (jti or name not in self._ids):
                self._ids[name] = own
            if first[1] != later[1] and name not in self._strays:
                self._strays |= set() if jti else {name}
                at, number, index, topic, offset = later
                detail = f"partition {first[1]} too"
                found.append(
                    AuditFinding(number, index, code, detail, True, jti, topic, offset, at)
                )
        return found

    def _late_order(self, record: dict[str, Any], effects: Iterable[Effect]) -> list[Said]:
        """That inputs were routed behind the instant of an order that is recorded only now."""
        if "src" in record:
            self._routed_at = record["at"]
        for number in (effect["n"] for effect in effects if effect["k"] == "order"):
            late = self._routed_at - self.registry.orders[number - 1].start
            if late > CLOCK_SKEW:  # the owners know whether they gave it by then
                return [("order_late", f"order {number}, {late} s", False)]
        return []

    def _doubtful(self, record: dict[str, Any], evidence: dict[str, Any]) -> list[Said]:
        """What a stolen key's holder may have signed: by when it was decided.

        Its `iat` is whoever signs' to write.
        """
        stolen = self.registry.stolen
        kid = kid_of(evidence["cover"]) if stolen and record["kind"] == "decided" else ""
        is_in_doubt = kid in stolen and record["at"] >= stolen[kid]
        return [(IN_DOUBT, kid, False)] if is_in_doubt else []

    def _gone_early(self, record: dict[str, Any], evidence: dict[str, Any]) -> list[Said]:
        """Bytes that are missing before their retention ended, or that are others: an alarm."""
        reason = evidence.get("reason") if "released" in evidence else None
        if reason not in ("bytes_altered", "bytes_gone"):
            return []
        kept = self.view.kept.get(evidence["released"])
        convention = self.registry.conventions[self.view.tail.convd]
        lasts = quarantine_days(convention, self.site.realm) * DAY_S
        if reason == "bytes_gone" and kept is not None and record["at"] >= kept.at + lasts:
            return []
        return [(reason, "", True)]

    def _count(self, record: dict[str, Any], evidence: dict[str, Any]) -> list[Said]:
        tally, kind = self.tally, record["kind"]
        tally.records += 1
        tally.kinds[kind] = tally.kinds.get(kind, 0) + 1
        if taken := from_evidence(record, evidence):
            tally.from_evidence[taken] = tally.from_evidence.get(taken, 0) + 1
        decision = evidence.get("decision", {})
        tally.refused += bool(decision.get("refused"))
        for addressee in decision.get("addressees", ()):
            tally.released += len(addressee.get("released", ()))
            tally.withheld += len(addressee.get("withheld", ()))
            tally.not_published += len(addressee.get("not_published", ()))
        if kind == "quarantined":
            code = evidence["code"]
            return [("quarantined", code, code == "id_reused")]
        chain = decision.get("chain", "")
        return [_CHAINS[chain]] if chain in _CHAINS else []


def _with_difference(found: AuditFinding, record: dict[str, Any], error: Exception) -> AuditFinding:
    """What is wrong with a record, beside what follows from its input where it has one."""
    source = _source(record, found.partition)
    if not isinstance(error, DiffersError):
        return replace(found, source=source)
    member, recorded, follows = error.place, error.got, error.expected
    return replace(found, source=source, member=member, recorded=recorded, follows=follows)


def _source(record: dict[str, Any], partition: int) -> str:
    """Where a record says that its input lies; empty if it has none."""
    with suppress(*MALFORMED):
        topic, offset = record["src"]["topic"], record["src"]["offset"]
        if isinstance(offset, int) and _TOPIC.fullmatch(topic):
            return f"{topic}/{partition}/{offset}"
    return ""


def _why(error: Exception) -> Said:
    """Code and detail of a fault; what Python itself raises is a record of another form."""
    if isinstance(error, RelaisError):
        return error.code, error.describe(), True
    return "record_malformed", type(error).__name__, True


def _count_shared(shared: Shared, effects: Iterable[Mapping[str, Any]]) -> None:
    """Count what a decision lets go: each delivery under the empty scope, and each scope of it."""
    for effect in effects:
        if effect["k"] != "event":
            continue
        for desk, delivered in effect["desks"].items():
            for scope in ("", *delivered["scopes"]):
                shared[effect["iss"], effect["etype"], desk, delivered["grant"], scope] += 1
