"""What a reading of a log has met of erasures, held to the records `erased` (log §11.5).

A stub is believed for an order before the record of its erasure comes: at that record, and at the
end, it turns out whether it was to be believed. Of evidence that was read whole more can be held to
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from contracts.decision.state.effects import case_tag
from contracts.encoding import b64u, sha256, unb64u
from contracts.errors import LogError
from contracts.log.erasing.erasure import Stubs, changed, stub, tokens_of
from contracts.log.orders.registry import Registry


class ErasuresMet:
    """Stubs, and evidence that is still to be erased, of one partition in the order of its records.

    Attributes:
        unread: leaf -> index of the record that says it was erased, of evidence that was read
            whole.
    """

    def __init__(self, partition: int, registry: Registry) -> None:
        self.unread: dict[str, int] = {}
        self._partition = partition
        self._registry = registry
        self._stubs: Stubs = {}
        self._known = 0  # orders that were looked at
        self._named: dict[str, frozenset[int]] = {}  # leaf -> orders that erase it
        self._numbers: frozenset[int] = frozenset()  # of all these
        self._whole: dict[str, bytes] = {}  # leaf -> evidence, of what is named and no stub
        # token -> orders that name all that was met of it
        self._cases: dict[str, frozenset[int]] = {}

    def take(
        self, record: Mapping[str, Any], leaf: str, beside: Mapping[str, Any], value: bytes
    ) -> None:
        """Take note of a stub; or hold what was met to the record of its erasure.

        Args:
            beside, value: what stands beside the record, parsed and raw.

        Raises:
            LogError: `stub_altered`; `decision_differs`: what was read whole leaves another stub,
                or the order does not name all of a case that is forgotten.
        """
        if "erased" in beside:
            self._stubs[leaf] = beside["erased"], b64u(sha256(value))
        elif record["kind"] == "erased":
            number = beside["effects"][0]["n"]
            told = {one["decision"]: one.get("stub", "") for one in beside["answers"]}
            if any(by == number and told.get(at) != sha for at, (by, sha) in self._stubs.items()):
                raise LogError("stub_altered", "another stub", "the one that its erasure names")
            of_it = {leaf: sha for leaf, sha in told.items() if sha and leaf in self._whole}
            self.unread |= dict.fromkeys(of_it, record["index"])
            self._check_cases(number, beside["effects"][-1])
            self._check_whole(number, record["at"], of_it)

    def take_evidence(
        self, leaf: str, beside: Mapping[str, Any], value: bytes, recorded: frozenset[int]
    ) -> None:
        """Keep of sound evidence what a later erasure of it is held to; nothing if none is to come.

        Args:
            recorded: numbers of the orders recorded so far.
        """
        self._look_at_orders()
        if self._numbers <= recorded:
            return
        naming = self._named.get(leaf, frozenset())
        # What is named may be a stub by then: it names what it changes alone.
        for token in changed(beside) if naming else tokens_of(beside):
            self._cases[token] = self._cases.get(token, naming) & naming
        if "erased" not in beside and not naming <= recorded:
            self._whole[leaf] = value

    def check_recorded(self, recorded: frozenset[int]) -> None:
        """At the end of a log: that each stub's order was met in it.

        Raises:
            LogError: `erased_without_order`.
        """
        early = sorted({number for number, _ in self._stubs.values()} - recorded)
        if early:
            raise LogError(
                "erased_without_order", f"a stub by order {early[0]}", "the record of its erasure"
            )

    def _look_at_orders(self) -> None:
        """Know which orders erase what; what was met before a new one says nothing of it."""
        orders = self._registry.orders
        for order in orders[self._known :]:
            for leaf in order.decisions_of(self._partition) if order.kind == "erase" else ():
                self._named[leaf] = self._named.get(leaf, frozenset()) | {order.n}
                self._numbers |= {order.n}
                self._cases.clear()
        self._known = len(orders)

    def _check_whole(self, number: int, at: int, told: Mapping[str, str]) -> None:
        """That the stubs are what the writing code leaves of the evidence that was read.

        Args:
            told: leaf -> hash of its stub, of what was read whole.
        """
        for leaf, sha in told.items():
            left = stub(orjson.loads(self._whole[leaf]), number, at)
            if sha != b64u(sha256(left)):
                raise LogError("decision_differs", "another stub", "what is left of its evidence")
            if max(self._named[leaf]) <= number:
                del self._whole[leaf]

    def _check_cases(self, number: int, effect: Mapping[str, Any]) -> None:
        """That no case is forgotten of which the order does not name all."""
        if effect["k"] != "erased":
            return
        key, tags = unb64u(effect["by"]), set(effect["cases"])
        for token in [token for token in self._cases if case_tag(key, token) in tags]:
            if number not in self._cases.pop(token):
                raise LogError(
                    "decision_differs", "a case beside those of the order", "those alone"
                )
