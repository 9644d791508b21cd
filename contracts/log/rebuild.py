"""From records and evidence back to state: how a router starts.

The chain, every evidence hash and the signature over the tail are checked before anything is
trusted: an unsigned or unchained tail refuses to start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.decision.state.effects import KNOWN, check_known
from contracts.decision.state.state import State
from contracts.encoding import leaf_hash
from contracts.errors import LogError
from contracts.log.chain import KINDS, MALFORMED, Chain, Headers, check_chain
from contracts.log.entry import Site
from contracts.log.orders.registry import Registry

MEMBERS: Final = frozenset(
    {
        "realm", "partition", "index", "prev", "at", "kind", "evd", "outs", "convd", "dird",
        "cover", "src",
    }
)  # fmt: skip
MERGE_EVERY: Final = 500  # records; keeps the view small


class Rebuilding(Chain):
    """One partition's state as its records come, one by one; nothing is kept of what was folded.

    Attributes:
        taken: topic -> offset after the last input that the records speak of.
    """

    def __init__(
        self,
        realm: str,
        partition: int,
        registry: Registry,
        state: State | None = None,
        taken: Mapping[str, int] | None = None,
    ) -> None:
        """At the beginning of a log, or behind the signed record that a state ends with."""
        super().__init__(Site(realm, partition), registry, state)
        self.taken: dict[str, int] = dict(taken or {})

    def step(self, value: bytes | None, headers: Headers, evidence: bytes | None) -> None:
        """Fold the next record.

        Raises:
            LogError: `chain_broken`, `evidence_missing`, `evidence_altered`, `signature_wrong`,
                `record_malformed`, `erased_without_order`, `stub_altered`, `order_unknown`;
                `unknown_record`, `unknown_effect` in a newer release's log; what is unsigned may be
                of any form.
            EnvelopeError: its signature is no text of the form, or does not verify.
        """
        record = self.read(value)
        check_chain(record, self.tail)
        try:
            _check_known(record)
            leaf = leaf_hash(value or b"")
            beside = self.beside(record, evidence, leaf)
            self.erasures.take(record, leaf, beside, evidence or b"")
            check_known(beside["effects"])
            self._check_effects(record, beside)
            self.fold(record, leaf, beside)
            self.signed = self.check_signature(headers)
            self._note(record.get("src"))
            if self.tail.index % MERGE_EVERY == 0:
                self.merge()
        except MALFORMED:
            raise LogError("record_malformed", f"index {record['index']}", "its effects") from None

    def check_foreign(self, value: bytes | None, headers: Headers) -> None:
        """Check that a record which is to be left out is not the router's.

        What follows a record of the router's cannot follow without it, and the last one of each
        transaction is signed: none of them can be left out.

        Raises:
            LogError: `record_genuine`: `is_unfolded`.
        """
        if self.is_unfolded(value, headers):
            raise LogError("record_genuine", "a record that the router signed", "any other")

    def at_signature(self) -> State | None:
        """The state so far, if the last record is signed: one that a start may begin behind."""
        if not self.signed:
            return None
        self.merge()
        return self.state

    def finish(self) -> State:
        """The state that all records add up to.

        Raises:
            LogError: `tail_unsigned`; `erased_without_order`: a stub whose erasure is not recorded.
        """
        state = self.at_signature()
        if state is None:
            raise LogError("tail_unsigned", "records after the last signature", "a signed tail")
        self.erasures.check_recorded(state.tail.orders)
        return state

    def _check_effects(self, record: Mapping[str, Any], beside: Mapping[str, Any]) -> None:
        """Hold that control gives an order that effect by then, and that no desk's numbers skip.

        Its number taken, an order is never followed; an old directory has old keys; behind a number
        far ahead none is left.
        """
        effects = [one for one in beside["effects"] if one["k"] in ("genesis", "order", "desk_end")]
        if effects:
            orders = (one for one in self.registry.orders if one.digest == beside.get("order"))
            given = [(one.start, self.registry.effects_of(one, self.tail)) for one in orders]
            if [own for start, own in given if start <= record["at"]] != [effects]:
                got = f"order {effects[0].get('n', 'none')}"
                raise LogError("order_unknown", got, "one of control, its effects")
        desks = [one["desks"].items() for one in beside["effects"] if one["k"] == "seq"]
        steps = [at - (self.view.seq.get(desk) or 0) for told in desks for desk, at in told]
        if sum(steps) != len(record["outs"]) or min(steps, default=1) < 1:
            raise LogError("record_malformed", "numbers that skip", "one a message")

    def _note(self, source: dict[str, Any] | None) -> None:
        if source is not None:
            topic, offset = source["topic"], source["offset"]
            self.taken[topic] = max(self.taken.get(topic, 0), offset + 1)

    def merge(self) -> None:
        """As a router does after each batch: expired ids and spent instants go on the way."""
        self.view.next_due()
        super().merge()


def _check_known(record: dict[str, Any]) -> None:
    """Hold that a record says nothing that this release would pass over: it signs its fold.

    Raises:
        LogError: `unknown_record`.
    """
    if record.get("kind") not in KINDS:
        raise LogError("unknown_record", f"{record.get('kind')}", KNOWN)
    if not MEMBERS.issuperset(record):
        more = ", ".join(sorted(record.keys() - MEMBERS))
        raise LogError("unknown_record", more, KNOWN)
