"""What control has said in one realm, held to its owners' signatures order by order (log §6).

Numbers rise by one and each names the order before it: an old order played again, an unsigned one
or one out of turn is rejected, and says so in `Registry.rejected`; it stops nobody. Directories
stand on control too, as they are signed, before the order that adopts one by its digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contracts.convention.adoption import Adopted, check_adoption
from contracts.convention.agreed import acting_agencies, inboxes
from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.decision.desk_ends import DeskEnds
from contracts.decision.state.state import DeskEnd
from contracts.encoding import digest
from contracts.errors import LogError, RelaisError
from contracts.log.orders.adopted_directories import AdoptedDirectories
from contracts.log.orders.desk_end import DESK_END, check_desk_end
from contracts.log.orders.order import Order, Owners
from contracts.log.orders.rulings import named
from contracts.log.orders.signed_order import signed_payload
from contracts.vocabulary.topics import MOST_PARTITIONS, PARTITIONS


class Registry:
    """What control has said so far in one realm: orders, conventions, directories.

    Attributes:
        rejected, why: of what was not taken: codes, and the last such rejection in full.
        unpinned: whether the last word of the owners was not taken because a party has signed it
            with a key that is not pinned here. Others may have taken it: whoever writes the next
            order must know it first, and what followed it cannot be judged here.
    """

    def __init__(self, realm: str, owners: Owners) -> None:
        """A registry of a control that has said nothing yet."""
        self.realm = realm
        self.owners = owners
        self.orders: list[Order] = []
        self.conventions: dict[str, Convention] = {}
        self.directories = AdoptedDirectories(realm, owners.directory)
        self.rejected: list[str] = []  # codes, in order of arrival
        self.why: dict[str, str] = {}  # code -> the last such rejection, told in full
        self.unpinned = False
        self._refused: RelaisError | None = None  # the last convention, if it was not taken
        self._eras: list[tuple[int, tuple[str, str]]] = []  # of so many orders:
        self._eras_of = 0
        self._agencies: dict[tuple[str, frozenset[tuple[str, str]]], frozenset[str]] = {}

    def copy(self) -> Registry:
        """A registry that goes on by itself from here: to try an order before it is written."""
        own = Registry(self.realm, self.owners)
        own.orders = list(self.orders)
        own.conventions = dict(self.conventions)
        own.directories = self.directories.copy()
        return own

    def reread(self, values: Iterable[bytes | None], owners: Owners) -> bool:
        """Judge all values of control again with other owners; False, unchanged, if impossible.

        Orders that were taken stay taken, in their order: what is recorded cannot be undone. So
        only what came after the last of them can be taken now.
        """
        fresh = Registry(self.realm, owners)
        fresh.extend(values)
        taken = [order.digest for order in self.orders]
        if [order.digest for order in fresh.orders[: len(taken)]] != taken:
            return False
        self.owners, self.unpinned = owners, fresh.unpinned
        self.orders[:] = fresh.orders
        self.conventions |= fresh.conventions
        self.directories.take_over(fresh.directories)
        self.rejected[:], self.why, self._refused = fresh.rejected, fresh.why, fresh._refused
        return True

    def extend(self, values: Iterable[bytes | None]) -> list[str]:
        """Take further values of control, in order; returns the codes of those rejected."""
        rejected = []
        for value in values:
            try:
                self._take_any(value or b"")
            except RelaisError as error:
                rejected.append(error.code)
                self.why[error.code] = error.describe()
        self.rejected += rejected
        return rejected

    def in_force(self, at: int) -> tuple[str, str]:
        """Digests of the convention and directory in force at an instant, for intake.

        Raises:
            LogError: `nothing_adopted`; why, if the last convention was refused.
        """
        pairs = list(self.eras(at))
        if not pairs:
            got = self._refused.describe() if self._refused else "no convention or no directory"
            raise LogError("nothing_adopted", got, "both adopted")
        return pairs[-1]

    def eras(self, at: int) -> Iterator[tuple[str, str]]:
        """Digests of every convention and directory that were in force together, in their order.

        Args:
            at: instant up to which, seconds.
        """
        if self._eras_of != len(self.orders):  # asked at each request: folded once
            self._eras, self._eras_of = list(self._folded()), len(self.orders)
        return (era for start, era in self._eras if start <= at)

    def _folded(self) -> Iterator[tuple[int, tuple[str, str]]]:
        """The same for all time, each with the instant from which it holds."""
        convd = dird = ""
        for order in sorted(self.orders, key=lambda one: (one.start, one.n)):
            if not self.is_newer(order, convd, dird):
                continue  # as a router folds it: no old version and no un-revoked key comes back
            if order.kind == "adopt_convention":
                convd = order.target
            elif order.kind == "adopt_directory":
                dird = order.target
            else:
                continue
            if convd and dird:
                yield order.start, (convd, dird)

    def check_first(self) -> None:
        """Refuse to start where the only conventions that control holds were refused.

        Raises:
            LogError: with the code and the words of the refusal, e.g. `convention_half_signed`.
        """
        if self._refused is not None and self.last_adopted is None:
            error = self._refused
            raise LogError(error.code, error.got, error.expected, error.place)

    @property
    def last_adopted(self) -> Adopted | None:
        """The convention adopted last; its hour may be yet to come."""
        for order in reversed(self.orders):
            if order.kind == "adopt_convention":
                return Adopted(self.conventions[order.target], order.start)
        return None

    def accepts(self, convd: str, in_force: str) -> bool:
        """Whether a cover may name this convention: in force, predecessor or successor."""
        if convd == in_force:
            return True
        current, named = self.conventions.get(in_force), self.conventions.get(convd)
        if current is None or named is None:
            return False
        return current.predecessor == convd or named.predecessor == in_force

    def desk_ends(self, at: int) -> DeskEnds:
        """The ends of desks that are ordered by an instant, as they stand then."""
        ends = {
            order.payload["desk"]: DeskEnd(order.payload["successor"], order.payload["until"])
            for order in self.orders
            if order.kind == DESK_END and order.start <= at
        }
        return DeskEnds(ends.get, at)

    def inboxes(self, convd: str, dird: str) -> Mapping[str, str]:
        """The desks that can be told, each with its agency, under what was adopted."""
        return inboxes(self.conventions[convd], self.directories[dird])

    def agencies(self, convd: str, dird: str) -> frozenset[str]:
        """The agencies that had an inbox under what was adopted, however long ago."""
        houses = self.directories.facts(dird).houses
        known = self._agencies.get((convd, houses))
        if known is None:
            known = acting_agencies(self.conventions[convd], self.realm, houses)
            self._agencies[convd, houses] = known
        return known

    def is_newer(self, order: Order, convd: str, dird: str) -> bool:
        """Whether an adoption raises the version: no old convention or directory comes back."""
        if order.kind == "adopt_convention":
            current = self.conventions.get(convd)
            return current is None or self.conventions[order.target].version > current.version
        if order.kind == "adopt_directory":
            if dird not in self.directories:
                return True
            newer, known = map(self.directories.facts, (order.target, dird))
            return newer.version > known.version
        return True

    @property
    def partitions(self) -> int:
        """Of every topic of the realm but control, for ever: its first layout says how many."""
        chosen: int = self._layout.payload["partitions"] if self._layout else PARTITIONS
        return chosen

    @property
    def _layout(self) -> Order | None:
        """The first, with which every log begins."""
        return next((order for order in self.orders if order.kind == "layout"), None)

    @property
    def last(self) -> Order | None:
        """The last accepted order."""
        return self.orders[-1] if self.orders else None

    def _take_any(self, value: bytes) -> None:
        """Take a value, whatever an owner wrote: our own fault in reading it ends no reader."""
        try:
            self._take(value)
        except (RelaisError, MemoryError):
            raise
        except Exception as error:
            raise LogError("order_malformed", type(error).__name__, "another form") from error

    def _take(self, value: bytes) -> None:
        if value.startswith(b"["):
            self.orders.append(self._read(value))
            return
        self.directories.take(value)

    def _read(self, value: bytes) -> Order:
        payload = signed_payload(value, self.owners.keys, self.owners.quorum)
        last = self.last
        if payload.get("n") != (last.n + 1 if last else 1):
            raise LogError("order_out_of_turn", "another number", "the next number")
        if payload.get("prev", "") != (last.digest if last else ""):
            raise LogError("order_out_of_turn", "another predecessor", "the last order's digest")
        if payload.get("realm") != self.realm or not isinstance(payload.get("from"), int):
            raise LogError("order_malformed", "another realm or no instant", self.realm)
        self.unpinned = False
        target, ruled = self._target(payload), named(payload, self.partitions)
        return Order(
            payload["n"],
            payload["kind"],
            payload["from"],
            payload,
            digest(value),
            target,
            ruled,
        )

    def _target(self, payload: dict[str, Any]) -> str:
        """Load what the order adopts, and check it before anybody acts on it."""
        kind = payload["kind"]
        if kind == "adopt_convention":
            return self._convention(payload)
        if kind == "adopt_directory":
            return self.directories.adopt(str(payload.get("directory", "")))
        if kind == "layout":
            self._check_layout(payload.get("shards"), payload.get("partitions"))
        if kind == DESK_END:
            self._check_end(payload)
        return ""

    def _check_end(self, payload: dict[str, Any]) -> None:
        """Check the end of a desk by the directory of its hour, and by all ends before."""
        _, dird = self.in_force(payload["from"])
        ending = {order.payload["desk"] for order in self.orders if order.kind == DESK_END}
        check_desk_end(payload, self.directories[dird], ending)

    def _check_layout(self, shards: Any, partitions: Any) -> None:
        """Shards may be others each time; partitions are chosen once, by the first layout."""
        numbers = isinstance(shards, int) and isinstance(partitions, int)
        if not (numbers and 1 <= shards <= partitions <= MOST_PARTITIONS):
            expected = f"1 ≤ shards ≤ partitions ≤ {MOST_PARTITIONS}"
            raise LogError("order_malformed", "another layout", expected)
        if self._layout is not None and partitions != self.partitions:
            expected = f"{self.partitions}, as the first layout says"
            raise LogError("order_malformed", f"{partitions} partitions", expected)

    def _convention(self, payload: dict[str, Any]) -> str:
        """Load a convention and check that it may come into force now; a refusal is kept."""
        try:
            tokens = _texts(payload.get("signatures", []))
            convention = load(str(payload.get("convention", "")).encode(), "order")
            check_adoption(
                convention,
                tokens,
                self.owners.parties,
                start=payload["from"],
                last=self.last_adopted,
            )
        except RelaisError as error:
            self._refused = error
            self.unpinned = error.code == "unknown_key"
            raise
        self._refused = None
        self.conventions[convention.digest] = convention
        return convention.digest


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise LogError("order_malformed", "another shape", "a list of signatures")
    return value
