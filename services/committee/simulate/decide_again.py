"""A recorded log decided again under another convention, without any key.

The events are those of the log, in their order and at their instants; the state is what they add up
to under the new convention, so that the result is that of deciding live. Counted is what services
would have received. What they would have done otherwise no log tells: of the bus's own events,
acknowledgements mostly, nothing is counted.

A log is taken as it is: that it is what honest routing wrote, the replay that shows it proves.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
from pydantic import ValidationError

from contracts.convention.model import Convention
from contracts.decision.decide import decide
from contracts.decision.outcome import AddresseeDecision, Decision
from contracts.decision.state.effects import evolve
from contracts.decision.state.state import State
from contracts.decision.state.view import View
from contracts.envelope.event import Event, Head
from contracts.envelope.model import Cover
from contracts.errors import ConventionError, LogError
from contracts.keys.directory import Directory, EncryptionKey
from contracts.log.chain import MALFORMED
from contracts.vocabulary import reasons
from contracts.vocabulary.scopes import BUS_EVENTS, RETENTION_CLASSES

MERGE_EVERY: Final = 500  # decisions; keeps the view small
# Not needed to decide again: they speak of covers, not of what may be shared.
_SKIPPED: Final = frozenset({"seen", "chain", "settled"})
# Why nothing was sent: no fault of the clause.
_NOT_SENT: Final = frozenset({reasons.NO_PARTS, reasons.NOTHING_RELEASED, reasons.ATTEMPT})

# Roles from and to, `IP.assess`, and what becomes of it: `opened`, `closed`, or with `more` or
# `less` data; of an attempt, or of data left out, whether it would have passed.
Change = tuple[str, str, str, str]


class JudgedAgain(NamedTuple):
    """One recorded event, decided again.

    Attributes:
        changes: at each addressee; also of an event that would be in quarantine, since its dates
            lie beyond the new convention's calendar.
    """

    event_id: str
    decision: Decision
    changes: frozenset[Change]


class Simulator:
    """One partition under another convention.

    Args:
        recorded: digest -> the conventions of the log; a part that was sealed for the class that
            its own convention asks counts as sealed for the class that the new one asks, as its
            issuer would have done. Empty: parts stay as they were sealed.
        directories: digest -> directory, of the log.
    """

    def __init__(
        self,
        convention: Convention,
        directories: Mapping[str, Directory],
        recorded: Mapping[str, Convention],
    ) -> None:
        self._convention = convention
        self._directories = directories
        self._resealed = lru_cache(maxsize=1)(lambda name: _resealing(directories[name]))
        self._recorded = recorded
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
        cover = Cover.model_validate_json(_bytes(evidence["cover"].split(".")[1]))
        old = self._recorded.get(row.get("convd", ""))
        headers = (orjson.loads(_bytes(part["head"])) for part in evidence["heads"])
        heads = tuple(self._head(header, cover, old, directory) for header in headers)
        event = Event(cover, "", row.get("cover", ""), heads)
        try:
            decision = decide(self._convention, directory, self._view, event, row["at"])
        except ConventionError as error:  # a date beyond the calendar's tables
            decision = _put_aside(cover, error.code)
        evolve(
            self._view, (effect for effect in decision.effects if effect["k"] not in _SKIPPED), ""
        )
        self._done += 1
        if self._done % MERGE_EVERY == 0:
            self._view.merge()
            self._view = View(self._state)
        changes = frozenset(_changes(cover, evidence["decision"], decision.json(), directory))
        return JudgedAgain(cover.jti, decision, changes)

    def _head(
        self, header: dict[str, Any], cover: Cover, old: Convention | None, directory: Directory
    ) -> Head:
        """A part's head; sealed as its own convention asks, it is as if for the new one's class."""
        desk, kid = header["aud"], header["kid"]
        purposes = {one.desk: one.purpose or "" for one in cover.to}
        roles = directory.role_of(cover.iss), directory.role_of(desk)
        question = cover.realm, roles[0], cover.etype, purposes.get(desk, ""), roles[1]
        was = old.grant(*question) if old is not None else None
        becomes = self._convention.grant(*question)
        key = directory.encryption.get(kid)
        if was is not None and becomes is not None and key and key.retention == was.keep:
            kid = _class_key(becomes.keep)
        return Head("", "", "", desk, header["cat"], kid, "")


def _put_aside(cover: Cover, code: str) -> Decision:
    """What live would be a quarantined record: nobody gets anything, nothing follows."""
    outcomes = tuple(
        AddresseeDecision(addressee.desk, "withhold", reasons=(code,)) for addressee in cover.to
    )
    return Decision(refused=True, chain="ok", outcomes=outcomes, reasons=(code,))


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


def _changes(
    cover: Cover, old: Mapping[str, Any], new: Mapping[str, Any], directory: Directory
) -> Iterator[Change]:
    if cover.etype in BUS_EVENTS:
        return
    before, after = (
        {addressee["desk"]: addressee for addressee in decision.get("addressees", ())}
        for decision in (old, new)
    )
    for addressee in cover.to:
        desk, act = addressee.desk, f"{cover.etype}.{addressee.purpose or ''}"
        for outcome in _outcomes(before.get(desk, {}), after.get(desk, {})):
            yield directory.role_of(cover.iss), directory.role_of(desk), act, outcome


def _outcomes(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What changes for one addressee; it may gain some data and lose other."""
    received, receives = (set(one.get("released", ())) for one in (was, now))
    had, has = (one.get("verdict") == "release" for one in (was, now))
    if (has and not had) or _has_clause_now(was, now):
        yield "opened"
    elif receives - received or _permitted(now) - _permitted(was):
        yield "more" if had else "opened"
    if had and not has:
        yield "closed"
    elif received - receives:
        yield "less"


def _has_clause_now(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether an attempt that named no data would now find a clause where there was none."""
    return (
        not now.get("not_published")
        and reasons.ATTEMPT in now.get("reasons", ())
        and reasons.NO_CLAUSE in was.get("reasons", ())
    )


def _permitted(addressee: Mapping[str, Any]) -> set[str]:
    """Scopes that the issuer left out although they would have passed."""
    if not _NOT_SENT.issuperset(addressee.get("reasons", ())):
        return set()
    return {
        withheld["scope"]
        for withheld in addressee.get("not_published", ())
        if withheld["reasons"] == [reasons.NOT_SENT]
    }
