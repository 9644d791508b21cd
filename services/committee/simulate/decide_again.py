"""A recorded log decided again under another convention, without any key.

The events are those of the log, in their order and at their instants; the state is what they add up
to under the new convention, so that the result is that of deciding live. What people would have
done otherwise no log tells: an acknowledgement of what would not have been delivered is *moot*.

A log is taken as it is: that it is what honest routing wrote, the replay that shows it proves.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Literal

import orjson
from pydantic import ValidationError

from contracts.convention.model import Convention
from contracts.decision.decide import decide
from contracts.decision.outcome import AddresseeDecision, Decision
from contracts.decision.state.effects import Effect, evolve
from contracts.decision.state.state import State
from contracts.decision.state.view import View
from contracts.envelope.event import Event, Head
from contracts.envelope.model import Cover
from contracts.errors import ConventionError, LogError
from contracts.keys.directory import Directory, EncryptionKey
from contracts.log.chain import MALFORMED
from contracts.vocabulary import reasons
from contracts.vocabulary.scopes import RETENTION_CLASSES, SYSTEM_EVENTS

MERGE_EVERY: Final = 500  # decisions; keeps the view small
Kind = Literal["same", "more", "less", "mixed", "refused", "tried", "moot"]
# Not needed to decide again: they speak of covers, not of what may be shared.
_SKIPPED: Final = frozenset({"seen", "chain", "settled"})
_OF_THE_LOG: Final = frozenset({"seq", "settled"})  # added to a decision's own where it is written
# Why nothing was sent: no fault of the clause.
_NOT_SENT: Final = frozenset({reasons.NO_PARTS, reasons.NOTHING_RELEASED})

Duties = frozenset[tuple[str, str, str]]  # act, debtor role, creditor role


@dataclass(frozen=True, slots=True)
class Delivery:
    """What changes for one addressee.

    Attributes:
        gained: scopes that it would have received besides; left out ones included, if the new
            convention permits them.
        lost: scopes that it received and would not have.
        opened: an attempt named no data, and there would now be a clause for it: which data would
            have passed, nothing tells.
    """

    role: str
    purpose: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    opened: bool = False


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """One recorded event, decided again.

    Attributes:
        kind: `more`, `less` or `mixed` of it would have been released; `refused`: nothing, where
            something was, also if it would be in quarantine (a date beyond the new convention's
            calendar); `tried`: an attempt for which there would now be a clause; `moot`: an
            event of the bus about what would not have been delivered.
        old, new: the decisions as evidence holds them.
        added, removed: duties that the event would open besides, or no longer.
        sooner, later: duties that it opens in both, by another instant.
    """

    event_id: str
    etype: str
    issuer: str
    kind: Kind
    deliveries: tuple[Delivery, ...]
    old: Mapping[str, Any] = field(repr=False)
    new: Mapping[str, Any] = field(repr=False)
    added: Duties = frozenset()
    removed: Duties = frozenset()
    sooner: Duties = frozenset()
    later: Duties = frozenset()

    @property
    def changed(self) -> bool:
        """Whether anything is different."""
        duties = self.added or self.removed or self.sooner or self.later
        return self.kind != "same" or bool(duties)


class Simulator:
    """Decides one partition again, record by record.

    Args:
        convention: the new one.
        recorded: digest -> the conventions of the log; with them, a part that was sealed for the
            class that its own convention asks counts as sealed for the class that the new one
            asks, as its issuer would have done. Empty: parts stay as they were sealed.
        directories: digest -> directory, of the log.
    """

    def __init__(
        self,
        realm: str,
        convention: Convention,
        directories: Mapping[str, Directory],
        recorded: Mapping[str, Convention] | None = None,
    ) -> None:
        self.realm = realm
        self._convention = convention
        self._directories = directories
        self._resealed = lru_cache(maxsize=1)(lambda name: _resealing(directories[name]))
        self._recorded = recorded or {}
        self._state = State()
        self._view = View(self._state)
        self._done = 0

    def step(self, record: bytes, evidence: bytes) -> JudgedAgain | None:
        """Decide one record again; None if it is no decision, or what it was on is erased.

        Raises:
            LogError: `record_malformed`, `directory_unknown`.
        """
        try:
            row = orjson.loads(record)
            if row.get("kind") != "decided":
                return None
            beside = orjson.loads(evidence)
            return None if "erased" in beside else self._decided(row, beside)
        except (*MALFORMED, ValidationError) as error:
            got = type(error).__name__
            raise LogError("record_malformed", got, "a record and its evidence") from None

    def _decided(self, row: dict[str, Any], evidence: dict[str, Any]) -> JudgedAgain:
        if row["dird"] not in self._directories:
            raise LogError("directory_unknown", "another", "one that control brought")
        directory = self._resealed(row["dird"])
        event = self._event(row, evidence, directory)
        at: int = row["at"]
        try:
            decision = decide(self._convention, directory, self._view, event, at)
        except ConventionError as error:  # a date beyond the calendar's tables
            decision = _put_aside(event.cover, error.code)
        evolve(
            self._view, (effect for effect in decision.effects if effect["k"] not in _SKIPPED), ""
        )
        self._done += 1
        if self._done % MERGE_EVERY == 0:
            self._view.merge()
            self._view = View(self._state)
        return _judged(event.cover, evidence, decision, directory)

    def _event(self, row: dict[str, Any], evidence: dict[str, Any], directory: Directory) -> Event:
        cover = Cover.model_validate_json(_bytes(evidence["cover"].split(".")[1]))
        heads = [_head(orjson.loads(_bytes(part["head"]))) for part in evidence["heads"]]
        old = self._recorded.get(row.get("convd", ""))
        if old is not None:
            heads = self._sealed_anew(cover, heads, old, directory)
        return Event(cover, "", row.get("cover", ""), tuple(heads))

    def _sealed_anew(
        self, cover: Cover, heads: list[Head], old: Convention, directory: Directory
    ) -> list[Head]:
        """Parts sealed as their own convention asks, as if for the class of the new one."""
        moved: dict[str, tuple[str, str]] = {}
        for addressee in cover.to:
            asked = _question(cover, addressee.desk, addressee.purpose, directory)
            before, after = old.grant(*asked), self._convention.grant(*asked)
            if before is not None and after is not None and before.keep != after.keep:
                moved[addressee.desk] = before.keep, after.keep
        if not moved:
            return heads
        return [_moved_head(head, moved, directory) for head in heads]


def _put_aside(cover: Cover, code: str) -> Decision:
    """What live would be a quarantined record: nobody gets anything, nothing follows."""
    outcomes = tuple(
        AddresseeDecision(addressee.desk, "withhold", reasons=(code,)) for addressee in cover.to
    )
    return Decision(refused=True, chain="ok", outcomes=outcomes, reasons=(code,))


def _question(
    cover: Cover, desk: str, purpose: str | None, directory: Directory
) -> tuple[str, str, str, str, str]:
    issuer, recipient = directory.role_of(cover.iss), directory.role_of(desk)
    return cover.realm, issuer, cover.etype, purpose or "", recipient


def _moved_head(head: Head, moved: Mapping[str, tuple[str, str]], directory: Directory) -> Head:
    was, becomes = moved.get(head.aud, ("", ""))
    key = directory.encryption.get(head.kid)
    if key is None or key.retention != was:
        return head
    return head._replace(kid=_class_key(becomes))


def _class_key(retention: str) -> str:
    return f"*{retention}"  # no key id can be so


def _resealing(directory: Directory) -> Directory:
    """The directory, and one key a retention class that parts may be moved to."""
    keys = {
        _class_key(kept): EncryptionKey(_class_key(kept), "", kept, b"", 0, 0, 0)
        for kept in RETENTION_CLASSES
    }
    return replace(directory, encryption=directory.encryption | keys)


def _bytes(text: str) -> bytes:
    """Base64url that the router has checked."""
    return urlsafe_b64decode(text + "==")


def _head(header: Mapping[str, Any]) -> Head:
    return Head("", "", "", header["aud"], header["cat"], header["kid"], "")


def _judged(
    cover: Cover, evidence: Mapping[str, Any], decision: Decision, directory: Directory
) -> JudgedAgain:
    old, new = evidence["decision"], decision.json()
    deliveries = () if old == new else tuple(_deliveries(cover, old, new, directory))
    before: dict[tuple[str, str, str], int] = {}
    after: dict[tuple[str, str, str], int] = {}
    recorded = [effect for effect in evidence["effects"] if effect["k"] not in _OF_THE_LOG]
    if recorded != list(decision.effects):
        before = _opened(recorded, directory)
        after = _opened(decision.effects, directory)
    both = before.keys() & after.keys()
    return JudgedAgain(
        event_id=cover.jti,
        etype=cover.etype,
        issuer=directory.role_of(cover.iss),
        kind=_kind(cover, old, new, deliveries, decided=bool(decision.effects)),
        deliveries=deliveries,
        old=old,
        new=new,
        added=frozenset(after.keys() - before.keys()),
        removed=frozenset(before.keys() - after.keys()),
        sooner=frozenset(duty for duty in both if after[duty] < before[duty]),
        later=frozenset(duty for duty in both if after[duty] > before[duty]),
    )


def _kind(
    cover: Cover,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    deliveries: tuple[Delivery, ...],
    *,
    decided: bool,
) -> Kind:
    """What becomes of an event.

    Args:
        decided: False if it is put aside: what is decided has effects, its id is used at least.
    """
    gained = any(delivery.gained for delivery in deliveries)
    if cover.attempt:
        return "tried" if gained or any(delivery.opened for delivery in deliveries) else "same"
    if decided and cover.etype in SYSTEM_EVENTS:
        return "moot" if new["refused"] and not old["refused"] else "same"
    if new["refused"] and not old["refused"]:
        return "refused"
    lost = any(delivery.lost for delivery in deliveries)
    if gained and lost:
        return "mixed"
    if gained or (old["refused"] and not new["refused"]):
        return "more"
    return "less" if lost else "same"


def _deliveries(
    cover: Cover, old: Mapping[str, Any], new: Mapping[str, Any], directory: Directory
) -> Iterable[Delivery]:
    before = {addressee["desk"]: addressee for addressee in old.get("addressees", ())}
    purposes = {addressee.desk: addressee.purpose or "" for addressee in cover.to}
    for addressee in new.get("addressees", ()):
        other = before.get(addressee["desk"], {})
        if addressee == other:
            continue
        received, receives = set(other.get("released", ())), set(addressee.get("released", ()))
        wished = _permitted(addressee) - _permitted(other)
        yield Delivery(
            directory.role_of(addressee["desk"]),
            purposes.get(addressee["desk"], ""),
            tuple(sorted((receives - received) | wished)),
            tuple(sorted(received - receives)),
            _opened_at_all(addressee, other),
        )


def _opened_at_all(addressee: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether an attempt that named no data would now find a clause where there was none."""
    return (
        not addressee.get("not_published")
        and reasons.ATTEMPT in addressee.get("reasons", ())
        and reasons.NO_CLAUSE in before.get("reasons", ())
    )


def _permitted(addressee: Mapping[str, Any]) -> set[str]:
    """Scopes that the issuer left out although they would have passed."""
    if addressee.get("verdict") == "withhold":
        why = set(addressee.get("reasons", ())) - {reasons.ATTEMPT}
        if not why <= _NOT_SENT:
            return set()
    return {
        withheld["scope"]
        for withheld in addressee.get("not_published", ())
        if withheld["reasons"] == [reasons.NOT_SENT]
    }


def _opened(effects: Iterable[Effect], directory: Directory) -> dict[tuple[str, str, str], int]:
    """Duties that a decision opens: act, debtor and creditor role -> first instant due."""
    due: dict[tuple[str, str, str], int] = {}
    for effect in effects:
        if effect["k"] != "duty_opened":
            continue
        duty = effect["duty"]
        debtor, creditor = (directory.role_of(duty[who]) for who in ("debtor", "creditor"))
        key = duty["id"].split("/")[1], debtor, creditor
        due[key] = min(duty["due"], due.get(key, duty["due"]))
    return due
