"""Settle a record again as honest routing would have: from its instant, salt, input and evidence.

No decryption key is used or needed. Each kind is settled with the function that settled it first
(`routing/settle.py`), after the checks that a router makes before it settles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.decision.state.view import View
from contracts.encoding import digest, unb64u
from contracts.envelope.event import Event
from contracts.envelope.model import Claimed, Cover
from contracts.envelope.verify import (
    check_not_stolen,
    check_times,
    claimed_from_evidence,
    cover_from_evidence,
    event_from_evidence,
)
from contracts.errors import LogError
from contracts.keys.jose import kid_of
from contracts.log.entry import Entry, InputSource, Site
from contracts.log.erasing.erasure import ANSWERS, Erasing
from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry
from contracts.log.orders.rulings import DROPPED
from contracts.log.rebuild import MALFORMED
from contracts.log.routing import settle, settle_orders


@dataclass(frozen=True, slots=True)
class SettleAgain:
    """Settles the record that follows what a view holds."""

    site: Site
    registry: Registry
    view: View

    def entry(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        """What the record had to be, by its instant, salt and input.

        Raises:
            LogError: `record_malformed`, `evidence_malformed`, `in_force_unknown`, or why no honest
                router wrote it.
            EnvelopeError: its input is none that routing takes.
        """
        settled: Callable[[dict[str, Any], dict[str, Any]], Entry] | None = {
            "decided": self._decided,
            "duplicate": self._duplicate,
            "quarantined": self._quarantined,
            "overdue": self._due,
            "renewed": self._due,
            "genesis": self._genesis,
            "adopted": self._ordered,
            "layout": self._ordered,
            "released": self._ordered,
            "discarded": self._discarded,
            "erased": self._erased,
        }.get(record.get("kind", ""))
        if settled is None:
            raise LogError("record_malformed", "another kind", "a kind of record")
        if record["kind"] in ("decided", "duplicate", "quarantined") or "released" in evidence:
            self._nothing_unreported(record["at"])
        try:
            return settled(record, evidence)
        except MALFORMED:
            code = "evidence_malformed" if self._knows_what_is_in_force else "in_force_unknown"
            raise LogError(code, f"index {record['index']}") from None

    @property
    def _knows_what_is_in_force(self) -> bool:
        """Whether control has brought what this place of the log says that was adopted."""
        tail, registry = self.view.tail, self.registry
        return tail.convd in registry.conventions and tail.dird in registry.directories

    def _nothing_unreported(self, by: int) -> None:
        """Before anything is decided at t, what fell due by t is recorded."""
        next_due = self.view.next_due()
        if next_due is not None and next_due[0] <= by:
            raise LogError("due_unreported", "a later record", f"{next_due[1]} first")

    def _released(self, record: dict[str, Any], evidence: dict[str, Any]) -> str:
        """The leaf of the release that a record settles: the next one, with the bytes that came."""
        leaf: str = evidence.get("released", "")
        if leaf:
            kept = self.view.kept(leaf)
            if kept is None or self.view.tail.waiting[:1] != (leaf,):
                raise LogError("release_invented", f"index {record['index']}", "an order's next")
            if record.get("src", {}).get("sha", kept.sha) != kept.sha:
                raise LogError("bytes_altered", f"index {record['index']}", "the bytes that came")
        return leaf

    def _admissible(self, event: Event, at: int, arrived: int | None) -> None:
        """What the router had to see before it decided: in time, once, under a known convention."""
        cover = event.cover
        self._not_stolen(event.token, at)
        check_times(cover, self.site.realm, at, arrived)
        if not self.registry.accepts(cover.convd, self.view.tail.convd):
            raise LogError("unknown_convention", "another", "one in force")
        seen = self.view.seen(cover.jti, at) is not None
        if seen or cover.jti in self.view.case(cover.sub).events:
            raise LogError("decided_twice", "an id already decided", "once")

    def _not_stolen(self, cover: str, at: int) -> None:
        """That a verified cover's key had not ended as stolen."""
        check_not_stolen(self.registry.directories[self.view.tail.dird].signing[kid_of(cover)], at)

    def _decided(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        tail = self.view.tail
        directory = self.registry.directories[tail.dird]
        event = event_from_evidence(evidence["cover"], evidence["heads"], directory)
        released = self._released(record, evidence)
        self._admissible(event, record["at"], settle.first_arrival(self.view, released))
        return settle.decided(
            self.site,
            self.view,
            self.registry.conventions[tail.convd],
            directory,
            event,
            record["at"],
            unb64u(evidence["salt"]),
            InputSource(**record["src"]),
            released,
        )

    def _duplicate(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        token = evidence["cover"]
        cover = cover_from_evidence(token, self.registry.directories[self.view.tail.dird])
        self._not_stolen(token, record["at"])
        salt, source = unb64u(evidence["salt"]), InputSource(**record["src"])
        seen = self.view.seen(cover.jti, record["at"])
        if seen is None or seen.cover != digest(token) or seen.iss != cover.iss:
            raise LogError("duplicate_of_nothing", "no earlier decision", "the same cover")
        return settle.duplicate(
            self.site, self.view, self._inboxes(), cover, token, digest(token), record["at"], salt,
            source,
            self._released(record, evidence),
        )  # fmt: skip

    def _quarantined(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        verified: tuple[Cover | Claimed, str, str] | None = None
        if "cover" in evidence:
            token = evidence["cover"]
            directory = self.registry.directories[self.view.tail.dird]
            malformed = evidence["code"] == "cover_malformed"
            read = claimed_from_evidence if malformed else cover_from_evidence
            if (cover := read(token, directory)) is None:
                raise LogError(
                    "decision_differs", "a cover that is not malformed", "a malformed one"
                )
            verified = cover, token, digest(token)
        return settle.quarantined(
            self.site,
            self.view,
            self._inboxes(),
            evidence["code"],
            evidence["place"],
            verified,
            verified is not None,
            record["at"],
            unb64u(evidence["salt"]),
            InputSource(**record["src"]),
            evidence["bytes"],
            self._released(record, evidence),
        )

    def _discarded(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        """By an order, or in place of a release that had nothing left to route."""
        if "released" not in evidence:
            return self._ordered(record, evidence)
        leaf, salt = self._released(record, evidence), unb64u(evidence["salt"])
        reason, token = evidence["reason"], evidence.get("cover", "")
        if reason not in DROPPED:
            raise LogError("evidence_malformed", "another reason", ", ".join(DROPPED))
        if reason == "already_decided":
            cover = cover_from_evidence(token, self.registry.directories[self.view.tail.dird])
            if cover.jti not in self.view.case(cover.sub).events:
                raise LogError("duplicate_of_nothing", "no earlier decision", "of the same id")
        return settle.dropped(self.site, self.view, leaf, reason, record["at"], salt, token)

    def _due(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        next_due = self.view.next_due()
        if next_due is None:
            raise LogError("due_invented", f"index {record['index']}", "a duty that fell due")
        reached, salt = self._inboxes(), unb64u(evidence["salt"])
        return settle.due(self.site, self.view, reached, next_due, salt)

    def _inboxes(self) -> Mapping[str, str]:
        """The desks that can be told, by what is in force at this place of the log."""
        return self.registry.inboxes(self.view.tail.convd, self.view.tail.dird)

    def _genesis(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        order = self._order(evidence["order"])
        return settle_orders.genesis(
            self.site, self.view, order, record["at"], unb64u(evidence["salt"])
        )

    def _ordered(self, record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        order, newer = self._in_turn(evidence)
        if order.kind == "erase" and order.decisions_of(self.site.partition):
            raise LogError("decision_differs", "an order passed by", "what was erased")
        salt = unb64u(evidence["salt"])
        return settle_orders.ordered(self.site, self.view, order, newer, salt, record["at"])

    def _erased(self, _record: dict[str, Any], evidence: dict[str, Any]) -> Entry:
        """As the router says it: what was there to erase cannot be looked at any more."""
        order, _ = self._in_turn(evidence)
        answers = evidence["answers"]
        named = [one["decision"] for one in answers]
        known = all(one["answer"] in ANSWERS for one in answers)
        if (
            order.kind != "erase"
            or not known
            or named != list(order.decisions_of(self.site.partition))
        ):
            raise LogError("decision_differs", "other answers", "one a decision of the order")
        told = evidence["effects"][-1]
        by, cases = (told["by"], told["cases"]) if told["k"] == "erased" else ("", ())
        is_any_erased = any(one["answer"] == "erased" for one in answers)
        if cases and not (order.payload["what"] == "case" and is_any_erased):
            raise LogError("decision_differs", "a case forgotten", "none, by an erasure of events")
        erasing = Erasing(answers, {}, by, cases)
        return settle_orders.erased(self.site, self.view, order, erasing, unb64u(evidence["salt"]))

    def _in_turn(self, evidence: dict[str, Any]) -> tuple[Order, bool]:
        """The order that a record answers, and whether what it adopts is newer.

        Raises:
            LogError: `order_unknown`, `order_out_of_turn`, `order_repeated`.
        """
        order, tail = self._order(evidence["order"]), self.view.tail
        self._nothing_unreported(order.start - 1)  # at the same instant orders come first
        if any(
            other.n not in tail.orders and _comes_first(other, order)
            for other in self.registry.orders
        ):
            raise LogError("order_out_of_turn", f"order {order.n}", "an earlier one first")
        newer = self.registry.is_newer(order, tail.convd, tail.dird)
        if order.n in tail.orders:
            raise LogError("order_repeated", f"order {order.n}", "each order once")
        return order, newer

    def _order(self, wanted: str) -> Order:
        for order in self.registry.orders:
            if order.digest == wanted:
                return order
        raise LogError("order_unknown", "an order that control does not hold", "a signed order")


def _comes_first(other: Order, order: Order) -> bool:
    """Whether an order stood on control before another, and holds no later than it."""
    return other.n < order.n and other.start <= order.start
