"""What control has said in one realm, held to its owners' signatures order by order (log §6).

Numbers rise by one and each names the order before it: an old order played again, an unsigned one
or one out of turn is rejected, and says so in `Registry.rejected`; it stops nobody. Directories
stand on control too, as they are signed, before the order that adopts one by its digest.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from contracts.convention.adoption import Adopted, check_adoption
from contracts.convention.agreed import inboxes
from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.decision.desk_ends import DeskEnds
from contracts.decision.state.shelves import LostRowError
from contracts.decision.state.state import DeskEnd, Tail
from contracts.encoding import digest
from contracts.errors import LogError, RelaisError
from contracts.log.orders.adopted_directories import AdoptedDirectories, ReadAgain
from contracts.log.orders.desk_end import DESK_END, check_desks, check_form
from contracts.log.orders.order import Order, Owners, signed_payload
from contracts.log.orders.rulings import named
from contracts.vocabulary.schema import LAST_INSTANT
from contracts.vocabulary.topics import MOST_PARTITIONS, PARTITIONS

ADOPTS: Final = {"adopt_convention": "convd", "adopt_directory": "dird"}  # kind -> what it sets
MOST_TOLD: Final = 400  # characters of why something was rejected


class Registry:
    """What control has said so far in one realm: orders, conventions, directories.

    Attributes:
        rejected, why: of what was not taken: codes, and the last such rejection in full.
        unpinned: whether the last word of the owners was not taken because a party has signed it
            with a key that is not pinned here. Others may have taken it: whoever writes the next
            order must know it first, and what followed it cannot be judged here.
        position: offset behind what was read of control.
    """

    def __init__(self, realm: str, owners: Owners, read: ReadAgain | None = None) -> None:
        """A registry of a control that has said nothing yet; `read` as `AdoptedDirectories`."""
        self.realm = realm
        self.owners = owners
        self.orders: list[Order] = []
        self.conventions: dict[str, Convention] = {}
        self.directories = AdoptedDirectories(realm, owners.directory, read)
        self.rejected: list[str] = []  # codes, in order of arrival
        self.why: dict[str, str] = {}  # code -> the last such rejection, told in full
        self.unpinned = False
        self.position = 0
        self._refused: RelaisError | None = None  # the last convention, if it was not taken
        self._eras: list[tuple[int, tuple[str, str]]] = []  # of so many orders:
        self._eras_of = 0
        self._stolen: dict[str, int] = {}  # of so many orders:
        self._stolen_of = 0

    def copy(self) -> Registry:
        """A registry that goes on by itself from here: to try an order before it is written."""
        own = Registry(self.realm, self.owners)
        own.take_over(self)
        return own

    def take_over(self, fresh: Registry) -> bool:
        """Have what another one made of the same control, by other owners; False if impossible.

        Orders that were taken stay taken, in their order: what is recorded cannot be undone. So
        only what came after the last of them can be taken now.
        """
        taken = [order.digest for order in self.orders]
        if [order.digest for order in fresh.orders[: len(taken)]] != taken:
            return False
        self.owners, self.unpinned, self.position = fresh.owners, fresh.unpinned, fresh.position
        self.orders[:] = fresh.orders
        self.conventions |= fresh.conventions
        self.directories.take_over(fresh.directories)
        self.rejected[:], self.why, self._refused = fresh.rejected, dict(fresh.why), fresh._refused
        return True

    def extend(self, values: Iterable[bytes | None]) -> list[str]:
        """Take further values, in order; returns the codes of those rejected."""
        return [code for value in values for code in self.take(value or b"")]

    def take(self, value: bytes, offset: int | None = None, *, past: bool = False) -> list[str]:
        """Take the next value of control; returns codes, if it is rejected.

        Args:
            offset: where it stands there; None: it is not written yet.
            past: it is read by a start: of a directory the desks are not looked at before they are
                asked for, or `check` is. Until then the signatures of its keeper and of the orders
                behind it are believed.
        """
        known = len(self.rejected)
        try:
            if value.startswith(b"["):
                self.orders.append(self._read(value, whole=not past))
            else:
                self.directories.take(value, offset, whole=not past)
        except RelaisError as error:
            self._reject(error)
        except (LostRowError, MemoryError):
            raise
        # Whatever an owner wrote: our own fault in reading it ends no reader.
        except Exception as error:  # noqa: BLE001  (rejected by its name)
            self._reject(LogError("order_malformed", type(error).__name__, "another form"))
        if offset is not None:
            self.position = offset + 1
        return self.rejected[known:]

    def check_last(self) -> list[str]:
        """Check the last desk's end and the directory adopted last, once control is read.

        Returns:
            Codes of what was rejected.
        """
        known = len(self.rejected)
        for kind in (DESK_END, "adopt_directory"):
            while (last := _of_kind(kind, self.orders)[-1:]) and not self.check(last[0]):
                pass  # the one before it is the last then
        return self.rejected[known:]

    def check_unrecorded(self, recorded: Container[int]) -> None:
        """Check each order that a log does not have, as if none had been read by a start.

        A router that was up meanwhile has: what it refused is not to be recorded, nor to be missed.

        Args:
            recorded: numbers of the orders that the log has.
        """
        for order in [order for order in self.orders if order.n not in recorded]:
            if not self.check(order):
                return  # those behind it have fallen too

    def check(self, order: Order) -> bool:
        """Check an order as if the directories had been read whole when it came.

        If it was not to be taken, neither were all that follow it: False.
        """
        try:
            self._check_whole(order.payload, self.orders[: order.n - 1])
        except RelaisError as error:
            known = self.orders[: order.n]
            wrong = (one for one in known if one.target in self.directories.refused)
            self._undo(next(wrong, order), error)
            return False
        return True

    def _undo(self, order: Order, error: RelaisError) -> None:
        follow = len(self.orders) - order.n
        del self.orders[order.n - 1 :]
        self._eras_of = self._stolen_of = -1
        for convd in self.conventions.keys() - {one.target for one in self.orders}:
            del self.conventions[convd]
        self.directories.keep(one.target for one in _of_kind("adopt_directory", self.orders))
        self._reject(error)
        for _ in range(follow):
            self._reject(_out_of_turn("another predecessor", "the last order's digest"))

    def _reject(self, error: RelaisError) -> None:
        if isinstance(error.__cause__, RelaisError):  # of the directory that an order adopts
            self._reject(error.__cause__)
        self.rejected.append(error.code)
        self.why[error.code] = error.describe()[:MOST_TOLD]

    def in_force(self, at: int) -> tuple[str, str]:
        """Digests of the convention and directory in force at an instant, for intake.

        Raises:
            LogError: `nothing_adopted`; why, if the last convention was refused.
        """
        return self._last_of(self.eras(at))

    def _last_of(self, eras: Iterable[tuple[str, str]]) -> tuple[str, str]:
        pairs = list(eras)
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
            self._eras, self._eras_of = list(self._folded(self.orders)), len(self.orders)
        return (era for start, era in self._eras if start <= at)

    def _folded(self, orders: Iterable[Order]) -> Iterator[tuple[int, tuple[str, str]]]:
        """The same for all time, each with the instant from which it holds."""
        convd = dird = ""
        for order in sorted(orders, key=lambda one: (one.start, one.n)):
            if order.kind not in ADOPTS or not self._is_newer(order, convd, dird):
                continue  # as a router folds it: no old version and no un-revoked key comes back
            if order.kind == "adopt_convention":
                convd = order.target
            else:
                dird = order.target
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

    @property
    def stolen(self) -> Mapping[str, int]:
        """Key id -> from when on it may have been in other hands, seconds (keys §2.5).

        By the newest directory adopted: an older one's adoption gives no stolen key back.
        """
        if self._stolen_of != len(self.orders):  # asked at each record: read once
            adopted = [order.target for order in _of_kind("adopt_directory", self.orders)]
            newest = max(adopted, key=lambda one: self.directories.head(one).version, default="")
            keys = self.directories[newest].signing.values() if newest else ()
            self._stolen = {key.kid: key.since for key in keys if key.since is not None}
            self._stolen_of = len(self.orders)
        return self._stolen

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

    def effects_of(self, order: Order, tail: Tail) -> list[dict[str, Any]]:
        """What an order changes behind a tail, apart from decisions that it names."""
        if not tail.leaf:
            layout = {name: order.payload[name] for name in ("partitions", "shards")}
            return [{"k": "genesis", "n": order.n, **layout}]
        effect = {"k": "order", "n": order.n}
        if order.kind == "layout":
            effect["shards"] = order.payload["shards"]
        if order.kind in ADOPTS and self._is_newer(order, tail.convd, tail.dird):
            effect[ADOPTS[order.kind]] = order.target
        if order.kind != DESK_END:
            return [effect]
        end = {name: order.payload[name] for name in ("desk", "successor", "until")}
        return [effect, {"k": "desk_end", **end}]

    def _is_newer(self, order: Order, convd: str, dird: str) -> bool:
        """Whether an adoption raises the version: no old convention or directory comes back."""
        if order.kind == "adopt_convention":
            current = self.conventions.get(convd)
            return current is None or self.conventions[order.target].version > current.version
        if dird not in self.directories:
            return True
        newer, known = map(self.directories.head, (order.target, dird))
        return newer.version > known.version

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

    def _read(self, value: bytes, *, whole: bool) -> Order:
        payload = signed_payload(value, self.owners.keys, self.owners.quorum)
        self._check_turn(payload, value)
        start = payload.get("from")
        if payload.get("realm") != self.realm or type(start) is not int or start > LAST_INSTANT:
            raise LogError("order_malformed", "another realm or no instant", self.realm)
        self.unpinned = False
        if whole:
            self._check_whole(payload, self.orders)
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

    def _check_turn(self, payload: Mapping[str, Any], value: bytes) -> None:
        number, before = payload.get("n"), payload.get("prev", "")
        if type(number) is int and 1 <= number <= len(self.orders):
            rival = self.orders[number - 1]  # of a directory, perhaps, that was not to be taken
            follows = self.orders[number - 2].digest if number > 1 else ""
            if before == follows and digest(value) != rival.digest:
                self.check(rival)
        last = self.last
        if number != (last.n + 1 if last else 1):
            raise _out_of_turn("another number", "the next number")
        if before != (last.digest if last else ""):
            raise _out_of_turn("another predecessor", "the last order's digest")

    def _check_whole(self, payload: Mapping[str, Any], before: Sequence[Order]) -> None:
        """What is looked up in the desks of directories, behind the orders of before."""
        if payload["kind"] == "adopt_directory":
            earlier = [order.target for order in _of_kind("adopt_directory", before)]
            self.directories.check(str(payload.get("directory", "")), earlier)
        if payload["kind"] == DESK_END:
            eras = (era for at, era in self._folded(before) if at <= payload["from"])
            _, dird = self._last_of(eras)
            check_form(payload)
            ending = {order.payload["desk"] for order in _of_kind(DESK_END, before)}
            check_desks(payload, self.directories[dird], ending)

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
            check_form(payload)
        return ""

    def _check_layout(self, shards: Any, partitions: Any) -> None:
        """Shards may be others each time; partitions are chosen once, by the first layout."""
        numbers = type(shards) is type(partitions) is int
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


def _of_kind(kind: str, orders: Iterable[Order]) -> list[Order]:
    return [order for order in orders if order.kind == kind]


def _out_of_turn(got: str, expected: str) -> LogError:
    return LogError("order_out_of_turn", got, expected)


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise LogError("order_malformed", "another shape", "a list of signatures")
    return value
