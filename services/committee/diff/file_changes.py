"""What two files say beside their clauses: signatories, promises, roles, calendar, texts, words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from contracts.convention.checks.promise_scope import select
from contracts.convention.checks.promises import Invariant
from contracts.convention.model import Convention, RoleSpec
from services.committee.diff.change import Atom, Change

BUS: Final = "BUS"  # issues the publications; no desk
LANGUAGES: Final = ("fr", "en")


def general(old: Convention, new: Convention) -> Iterator[Change]:
    """Changes of the file as a whole.

    Of these a role's agency, a promise that falls and a lower quorum open something.
    """
    for part in _PARTS:
        for atom in part(old, new):
            yield Change(atom)


def _file(old: Convention, new: Convention) -> Iterator[Atom]:
    """What the file says it is; that a version names the one before it is no change to be told."""
    for name in ("id", "effective", "predecessor"):
        was, becomes = getattr(old, name), getattr(new, name)
        follows = name == "predecessor" and becomes == old.digest
        if was != becomes and not follows:
            yield Atom("otherwise", "file_is", (name,), (was,), (becomes,))


def _parties(old: Convention, new: Convention) -> Iterator[Atom]:
    yield from _members("party", old.parties, new.parties)
    was, becomes = _quorum(old), _quorum(new)
    share = new.needed * len(old.parties) < old.needed * len(new.parties)
    opens = share or new.needed < old.needed
    if opens or old.quorum != new.quorum or (old.quorum and was != becomes):
        yield Atom("otherwise", "quorum", (), was, becomes, opens=opens)


def _quorum(convention: Convention) -> tuple[str, ...]:
    return (str(convention.quorum or "all"), str(len(convention.parties)))


def _invariants(old: Convention, new: Convention) -> Iterator[Atom]:
    """By what they demand as written, whatever their ids and order and the roles that have joined."""
    before = {_promise(one): one for one in old.invariants}
    after = {_promise(one): one for one in new.invariants}
    for key, one in after.items():
        if key not in before:
            yield Atom("otherwise", "promise", ("added", one.id), becomes=_both(one.sentence))
        elif one.sentence != before[key].sentence:
            was, becomes = _both(before[key].sentence), _both(one.sentence)
            yield Atom("reworded", "promise", ("reworded", one.id), was, becomes)
    for key, one in before.items():
        if key not in after:
            was, opens = _both(one.sentence), _falls(one, new)
            yield Atom("otherwise", "promise", ("removed", one.id), was=was, opens=opens)


def _falls(promise: Invariant, new: Convention) -> bool:
    """Whether no single promise of the new file demands as much of as many."""
    others = (*new.readers, BUS)
    meant = select(dict(promise.selection.written), new.roles, others)
    there = frozenset((*new.roles, *others))  # of who has left, no promise can be made
    meant = replace(meant, issuers=meant.issuers & there, recipients=meant.recipients & there)
    return not promise.void and not any(one.covers(promise, meant) for one in new.invariants)


def _promise(invariant: Invariant) -> tuple[Any, ...]:
    conditions = tuple(sorted(invariant.conditions))
    return invariant.demand, invariant.selection.written, conditions, invariant.keep


def _both(texts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(texts.get(lang, "") for lang in LANGUAGES)


def _roles(old: Convention, new: Convention) -> Iterator[Atom]:
    for atom in _members("role", tuple(old.roles), tuple(new.roles)):
        known = new.roles.get(atom.what[1]) if atom.what[0] == "added" else None
        yield replace(atom, becomes=_facts(known)) if known is not None else atom
    yield from _members("reader", tuple(old.readers), tuple(new.readers))
    for role, spec in new.roles.items():
        before = old.roles.get(role)
        if before is None:
            continue
        for name in ("agency", "realms", "secrecy", "colleague"):
            was, becomes = _sorted(getattr(before, name)), _sorted(getattr(spec, name))
            if was != becomes:
                # Whoever works in the other house reads all that the role receives.
                opens = name == "agency"
                yield Atom("otherwise", "role_is", (role, name), was, becomes, opens=opens)


def _facts(role: RoleSpec) -> tuple[str, ...]:
    """Of a role that is added: its house, secrecy, colleague and buses."""
    return role.agency, role.secrecy, role.colleague, *sorted(role.realms)


def _sorted(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(sorted(value))


def _calendar(old: Convention, new: Convention) -> Iterator[Atom]:
    before, after = old.calendar, new.calendar
    for name in ("first", "last"):
        was, becomes = (getattr(one, name).isoformat() for one in (before, after))
        if was != becomes:
            yield Atom("otherwise", "calendar", (name,), (was,), (becomes,))
    first, last = max(before.first, after.first), min(before.last, after.last)
    for name, days in (
        ("added", after.holidays - before.holidays),
        ("removed", before.holidays - after.holidays),
    ):
        # What only one table covers is told by its ends.
        within = tuple(day.isoformat() for day in sorted(days) if first <= day <= last)
        if within:
            yield Atom("otherwise", "holidays", (name, *within))
    shared = [
        {at for at in one.offsets if first <= one.local(at[0]).date() <= last}
        for one in (before, after)
    ]
    if shared[0] != shared[1]:
        moved = tuple(str(at) for at, _ in sorted(shared[0] ^ shared[1]))
        yield Atom("otherwise", "clock", moved)


def _texts(old: Convention, new: Convention) -> Iterator[Atom]:
    """Legal texts; one that no clause rests on changes nothing."""
    yield from _members("text", tuple(old.texts), tuple(new.texts))
    for code, text in new.texts.items():
        before = old.texts.get(code)
        if before is None:
            continue
        for name in ("in_force_from", "in_force_until", "successor", "checked"):
            if before[name] != text[name]:
                yield Atom("otherwise", "text_is", (code, name), (before[name],), (text[name],))
        if _both(before) != _both(text):
            yield Atom("reworded", "label", ("texts", code), _both(before), _both(text))


def _system(old: Convention, new: Convention) -> Iterator[Atom]:
    """Words alone: what the bus does with its own events is the same in every file (`bus`)."""
    for event, clause in new.system.items():
        before = old.system.get(event)
        if before is None:
            continue
        for name in ("label", "sentence"):
            was, becomes = _both(getattr(before, name)), _both(getattr(clause, name))
            if was != becomes:
                yield Atom("reworded", "label", ("system", f"{event}.{name}"), was, becomes)


def _labels(old: Convention, new: Convention) -> Iterator[Atom]:
    """Titles and names of what both files know."""
    tables: tuple[tuple[str, Callable[[Convention], Mapping[str, Mapping[str, str]]]], ...] = (
        ("title", lambda one: {"": one.title}),
        ("parties", lambda one: one.party_labels),
        ("roles", lambda one: {role: spec.label for role, spec in one.roles.items()}),
        ("named", lambda one: {role: spec.named for role, spec in one.roles.items()}),
        ("readers", lambda one: one.readers),
        ("scopes", lambda one: one.scope_labels),
    )
    for name, table in tables:
        before, after = table(old), table(new)
        for key in after:
            if key in before and _both(before[key]) != _both(after[key]):
                yield Atom("reworded", "label", (name, key), _both(before[key]), _both(after[key]))


def _members(kind: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Atom]:
    for name in new:
        if name not in old:
            yield Atom("otherwise", kind, ("added", name))
    for name in old:
        if name not in new:
            yield Atom("otherwise", kind, ("removed", name))


_PARTS: Final = (
    _file,
    _parties,
    _invariants,
    _roles,
    _calendar,
    _texts,
    _system,
    _labels,
)
