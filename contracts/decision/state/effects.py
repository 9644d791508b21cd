"""Effects: what a decision changes, as data in the evidence; `evolve` applies them and no more.

An effect is a closed JSON object with its kind under `k`. The router writes them, a restarting
router and the auditor read them: the fold needs no convention and no directory.

A state outlives the text that it was read from. What many events say alike (desks, clauses, scopes,
acts) is therefore held once, whoever folds: a router at work, one that starts anew, the auditor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from operator import index
from typing import Any, Final

from contracts.decision.state.state import (
    CANCELLED,
    CLOSED,
    OPEN,
    RENEW_SECONDS,
    DeskEnd,
    Duty,
    Kept,
    Past,
    Seen,
)
from contracts.decision.state.view import View
from contracts.encoding import MAX_INTEGER, b64u, derive, json_object, unb64u
from contracts.errors import LogError

Effect = dict[str, Any]

KNOWN: Final = "what this release knows; a newer one may know more"
_TYPES: Final[Mapping[str, type]] = {  # of members; of all others `str`
    **dict.fromkeys(("exp", "iat", "at", "next", "until", "due", "occurrence"), int),
    **dict.fromkeys(("n", "partitions", "shards"), int),
    **dict.fromkeys(("in_time", "final", "legal", "repeat"), bool),
    **dict.fromkeys(("cases", "acts", "stages", "scopes"), list),
    **dict.fromkeys(("desks", "duty"), dict),
}
_WORDS: Final = ("issuer", "debtor", "creditor", "start", "within", "base")  # of a duty
_OPENED: Final = (  # of a duty that is opened
    *_WORDS, "id", "event", "final", "due", "legal", "repeat", "occurrence", "next",
)  # fmt: skip


_Apply = Callable[[View, Effect, str], None]
_APPLY: dict[str, _Apply] = {}
_MEMBERS: dict[str, frozenset[str]] = {}


def _effect(kind: str, members: str) -> Callable[[_Apply], _Apply]:
    """That a function applies the effects of a kind, which have these members."""

    def known(apply: _Apply) -> _Apply:
        _APPLY[kind], _MEMBERS[kind] = apply, frozenset(("k", *members.split()))
        return apply

    return known


def duty_json(duty: Duty) -> dict[str, Any]:
    """A newly opened duty as it stands in an effect."""
    opened = {name: getattr(duty, name) for name in _OPENED}
    return opened | {"acts": list(duty.acts), "stages": list(duty.stages)}


def duty_from(value: dict[str, Any]) -> Duty:
    """The duty of a `duty_opened` effect."""
    alike = {name: same(value[name]) for name in _WORDS}
    acts, stages = words(value["acts"]), words(value["stages"])
    return Duty(**{**value, **alike, "acts": acts, "stages": stages})


def evolve(view: View, effects: Iterable[Effect], leaf: str) -> None:
    """Apply effects to a view.

    Args:
        leaf: of the record whose evidence holds them; remembered with the event ids.

    Raises:
        LogError: `unknown_effect`, `effect_misplaced` (a duty or event that does not exist).
    """
    for effect in effects:
        apply = _APPLY.get(effect.get("k", ""))
        if apply is None:
            raise LogError("unknown_effect", "another kind", KNOWN)
        try:
            apply(view, effect, leaf)
        except (KeyError, TypeError):
            raise LogError("effect_misplaced", "an effect that does not fit the state") from None


def check_known(effects: Iterable[Effect]) -> None:
    """Hold that effects say nothing which this release would pass over: it signs by what it folds.

    Raises:
        LogError: `unknown_effect`.
    """
    for effect in effects:
        if not (known := _MEMBERS.get(effect["k"], frozenset())).issuperset(effect):
            more = ", ".join(sorted(effect.keys() - known))
            raise LogError("unknown_effect", f"{effect['k']}: {more}", KNOWN)


def check_forms(effects: Iterable[Effect]) -> None:
    """Hold that each member is of its type: a state that compares texts with instants breaks later.

    Raises:
        LogError: `effect_misplaced`.
    """
    if not all(map(_is_formed, effects)):
        raise LogError("effect_misplaced", "a member of another form", "an effect")


def _is_formed(members: Any) -> bool:
    return isinstance(members, dict) and all(
        type(value) is _TYPES.get(name, str) and _is_filled(name, value)
        for name, value in members.items()
    )


def _is_filled(name: str, value: Any) -> bool:
    """Whether a list holds texts, an object members of their types, and a table's key the rest."""
    if type(value) is list:
        return all(type(each) is str for each in value)
    if type(value) is int:
        return 0 <= value <= MAX_INTEGER
    if name == "desks":
        return all(type(each) in (int, dict) and _is_filled("", each) for each in value.values())
    return _is_formed(value) if type(value) is dict else "\0" not in str(value)


def note_kept(
    view: View, record: Mapping[str, Any], evidence: Mapping[str, Any], leaf: str
) -> None:
    """Take note of an input that a record puts aside, before its effects: the record says all."""
    if record["kind"] != "quarantined":
        return
    at, source = record["at"], record["src"]
    before = view.kept.get(evidence.get("released", ""))
    outbox = source["topic"] if before is None else before.outbox
    issuer = same(_issuer(evidence.get("cover", "")))
    first = evidence.get("first", at)
    if not _is_formed({"code": evidence["code"], "at": first, "d": source["sha"], "sub": outbox}):
        raise LogError("effect_misplaced", "an input put aside, of another form")
    view.kept[leaf] = Kept(evidence["code"], at, first, source["sha"], same(outbox), issuer)


def _issuer(token: str) -> str:
    """Who signed a cover, which stands in evidence where its signature verified."""
    return str(json_object(unb64u(token.split(".")[1]))["iss"]) if token else ""


@lru_cache(maxsize=4096)  # desks, clauses, acts, dates: few, and never more than this are kept
def same(value: Any) -> Any:
    """What events say alike: the object that holds it already."""
    return value


def words(texts: Iterable[str]) -> tuple[str, ...]:
    """Words of a closed list: events that say the same share one tuple."""
    found: tuple[str, ...] = same(tuple(map(same, texts)))
    return found


@_effect("seen", "jti iss d exp")
def _seen(view: View, effect: Effect, leaf: str) -> None:
    seen = Seen(same(effect["iss"]), effect["d"], effect["exp"], leaf)
    view.remember(effect["jti"], seen)


@_effect("chain", "iss d")
def _chain(view: View, effect: Effect, _leaf: str) -> None:
    view.chain[effect["iss"]] = effect["d"]


@_effect("seq", "desks")
def _seq(view: View, effect: Effect, _leaf: str) -> None:
    for desk, number in effect["desks"].items():
        view.seq[desk] = index(number)


@_effect("event", "sub jti iss etype iat desks")
def _event(view: View, effect: Effect, _leaf: str) -> None:
    desks = {
        same(desk): same((same(entry["grant"]), words(entry["scopes"])))
        for desk, entry in sorted(effect["desks"].items())  # as evidence has them
    }
    past = Past(same(effect["iss"]), same(effect["etype"]), effect["iat"], desks)
    view.edit(effect["sub"]).events[effect["jti"]] = past


@_effect("stage", "sub jti desk stage")
def _stage(view: View, effect: Effect, _leaf: str) -> None:
    case = view.edit(effect["sub"])
    past = case.events[effect["jti"]]
    stages = dict(past.stages)
    desk = same(effect["desk"])
    stages[desk] = words((*stages.get(desk, ()), effect["stage"]))
    case.events[effect["jti"]] = replace(past, stages=stages)


@_effect("withdrawn", "sub jti")
def _withdrawn(view: View, effect: Effect, _leaf: str) -> None:
    case = view.edit(effect["sub"])
    case.events[effect["jti"]] = replace(case.events[effect["jti"]], withdrawn=True)


@_effect("assigned", "sub desk by")
def _assigned(view: View, effect: Effect, _leaf: str) -> None:
    view.edit(effect["sub"]).assigned.add((same(effect["desk"]), effect["by"]))


@_effect("unassigned", "sub desk by")
def _unassigned(view: View, effect: Effect, _leaf: str) -> None:
    view.edit(effect["sub"]).assigned.discard((effect["desk"], effect["by"]))


@_effect("clock", "sub date")
def _clock(view: View, effect: Effect, _leaf: str) -> None:
    view.edit(effect["sub"]).clock = same(effect["date"])


@_effect("link", "sub peer date")
def _link(view: View, effect: Effect, _leaf: str) -> None:
    view.edit(effect["sub"]).links[effect["peer"]] = effect["date"]


@_effect("unlink", "sub peer")
def _unlink(view: View, effect: Effect, _leaf: str) -> None:
    view.edit(effect["sub"]).links.pop(effect["peer"], None)


@_effect("duty_opened", "sub duty")
def _duty_opened(view: View, effect: Effect, _leaf: str) -> None:
    view.put_duty(effect["sub"], duty_from(effect["duty"]))


def _changes_duty(kind: str, members: str, change: Callable[[Effect], dict[str, Any]]) -> None:
    """That the effects of a kind change fields of a duty."""

    @_effect(kind, f"sub id {members}")
    def _change(view: View, effect: Effect, _leaf: str) -> None:
        duty = view.case(effect["sub"]).duties[effect["id"]]
        view.put_duty(effect["sub"], replace(duty, **change(effect)))


_changes_duty("duty_closed", "by in_time", lambda it: {"status": CLOSED, "closed_by": it["by"]})
_changes_duty("duty_cancelled", "by", lambda it: {"status": CANCELLED, "closed_by": it["by"]})
_changes_duty(
    "duty_reopened", "next",
    lambda it: {"status": OPEN, "closed_by": "", "overdue": False, "next": it["next"]},
)  # fmt: skip
_changes_duty(
    "duty_moved", "due", lambda it: {"due": it["due"], "next": it["due"], "overdue": False}
)
_changes_duty("duty_overdue", "at", lambda it: {"overdue": True, "next": it["at"] + RENEW_SECONDS})
_changes_duty("duty_renewed", "next", lambda it: {"next": it["next"]})


@_effect("genesis", "n partitions shards")
def _genesis(view: View, effect: Effect, _leaf: str) -> None:
    if view.tail.layout != (0, 0, 0):
        raise LogError("effect_misplaced", "a second genesis")
    view.tail.layout = (effect["n"], effect["partitions"], effect["shards"])
    view.tail.orders |= {effect["n"]}


@_effect("order", "n convd dird shards")
def _order(view: View, effect: Effect, _leaf: str) -> None:
    view.tail.orders |= {effect["n"]}
    view.tail.convd = effect.get("convd", view.tail.convd)
    view.tail.dird = effect.get("dird", view.tail.dird)
    if "shards" in effect:
        view.tail.layout = (effect["n"], view.tail.layout[1], effect["shards"])


@_effect("desk_end", "desk successor until")
def _desk_end(view: View, effect: Effect, _leaf: str) -> None:
    desk, successor = same(effect["desk"]), same(effect["successor"])
    if successor == desk or view.desk_ends.get(successor) is not None:  # it would lead back
        raise LogError("effect_misplaced", "a successor that ends", "a desk that goes on")
    view.desk_ends[desk] = DeskEnd(successor, effect["until"])


@_effect("released", "d at")
def _released(view: View, effect: Effect, _leaf: str) -> None:
    kept = view.kept.get(effect["d"])
    if kept is None or kept.released:
        raise LogError("effect_misplaced", "a release of nothing")
    view.kept[effect["d"]] = replace(kept, released=effect["at"])
    view.tail.waiting = (*view.tail.waiting, effect["d"])


@_effect("settled", "d how")
def _settled(view: View, effect: Effect, _leaf: str) -> None:
    first, *others = view.tail.waiting or ("",)
    if first != effect["d"]:
        raise LogError("effect_misplaced", "a release out of turn")
    view.tail.waiting = tuple(others)
    view.end(first, effect.get("how", "released"))


@_effect("discarded", "d")
def _discarded(view: View, effect: Effect, _leaf: str) -> None:
    kept = view.kept.get(effect["d"])
    if kept is None or kept.released:
        raise LogError("effect_misplaced", "a discard of nothing")
    view.end(effect["d"], "discarded")


@_effect("erased", "by cases")
def _erased(view: View, effect: Effect, _leaf: str) -> None:
    key, tags = unb64u(effect["by"]), set(effect["cases"])
    for token in [token for token in view.tokens() if case_tag(key, token) in tags]:
        view.cases[token] = None


def case_tag(key: bytes, token: str) -> str:
    """What stands for a case that is erased: who has its token finds it, and nobody else.

    Args:
        key: of one erasure.
    """
    return b64u(derive(key, "erased-case", token, length=16))
