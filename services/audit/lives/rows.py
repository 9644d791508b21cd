"""What a record says of an event's life and of what desks owe, as rows; pure.

Only evidence that has the record's hash is read, or the stub that an order to erase has put in its
place. A record whose author lied leaves what it says under its own judgement: the row tells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from contracts.convention.clauses import act_name
from contracts.encoding import b64u, json_object, leaf_hash, sha256, unb64u
from contracts.log.replaying.finding import Judgement, event_of
from contracts.vocabulary.scopes import EVENT_TYPES

Row = dict[str, Any]
DUTY_ID: Final = "/"  # between the parts of a duty's id: its event, act, debtor, occurrence
STEPS: Final = frozenset({"stage", "withdrawn"})
ANSWERED: Final = "answered"  # the step that another event is: an outcome, an evaluation
_CHANGED: Final[Mapping[str, Row]] = {
    "duty_closed": {"status": "closed"},
    "duty_cancelled": {"status": "cancelled"},
    "duty_reopened": {"status": "open", "late": False},
    "duty_moved": {"late": False},
    "duty_overdue": {"late": True},
}
_KEPT: Final = ("desk", "verdict", "clause", "reasons")  # of an addressee, as evidence has them


def read_pair(value: bytes | None, evidence: bytes | None, judgement: Judgement) -> tuple[Row, Row]:
    """A record, and what lies beside it that counts; empty where nothing does."""
    record, beside = json_object(value), json_object(evidence)
    has_hash = evidence is not None and b64u(sha256(evidence)) == record.get("evd")
    if not has_hash and judgement.judged != "erased":
        return record, {}
    return record, beside


def life_of(
    value: bytes, record: Row, beside: Row, place: tuple[int, int], judgement: Judgement
) -> tuple[str, Row]:
    """The event that a record decides or puts aside, and its row; an empty id if it is about none.

    Args:
        place: partition and offset of the record.

    Raises:
        RelaisError: and any of `MALFORMED`, where a liar wrote it.
    """
    kind, event = record.get("kind"), event_of(beside)
    if kind not in ("decided", "quarantined") or not event:
        return "", {}
    claims = orjson.loads(unb64u(beside["cover"].split(".")[1]))
    return event, {
        "sub": claims["sub"], "iss": claims["iss"], "etype": claims["etype"], "iat": claims["iat"],
        "leaf": leaf_hash(value), "partition": place[0], "offset": place[1],
        "index": record["index"], "at": record["at"], "kind": kind, "told": len(record["outs"]),
        "judged": judgement.judged, "code": judgement.code, **_decision(beside),
    }  # fmt: skip


def _decision(beside: Row) -> Row:
    if "decision" not in beside:
        return {"refused": True, "reasons": [beside["code"]], "addressees": []}
    decision = beside["decision"]
    return {
        "refused": decision["refused"],
        "reasons": decision.get("reasons", []),
        "addressees": [_addressee(each) for each in decision.get("addressees", ())],
    }


def _addressee(told: Row) -> Row:
    """Without doors: they say what might have been, and are the issuer's to read."""
    return {
        **{name: told[name] for name in _KEPT if name in told},
        "released": sorted(told.get("released", ())),
        "withheld": {row["scope"]: row["reasons"] for row in told.get("withheld", ())},
        "left_out": {row["scope"]: row["reasons"] for row in told.get("not_published", ())},
    }


def effects_of(beside: Row) -> Iterator[Row]:
    """The effects that evidence or a stub holds."""
    effects = beside.get("effects", ())
    yield from (each for each in effects if isinstance(each, dict))


def answered_by(record: Row, beside: Row) -> Iterator[tuple[str, Row]]:
    """Earlier events that a decided act goes on from at its readers, each with its step.

    Events of the bus itself are none: what they do to another is an effect.

    Raises:
        RelaisError: and any of `MALFORMED`, where a liar wrote it.
    """
    if record.get("kind") != "decided" or "decision" not in beside:
        return
    claims = orjson.loads(unb64u(beside["cover"].split(".")[1]))
    if claims["etype"] not in EVENT_TYPES:
        return
    addressees = beside["decision"].get("addressees", ())
    delivered = {each["desk"] for each in addressees if each["verdict"] == "release"}
    step = {
        "k": ANSWERED,
        "at": record["at"],
        "desk": claims["iss"],
        "stage": claims["etype"],
        "by": claims["jti"],
    }
    quoted = [
        ref["jti"] for to in claims["to"] if to["desk"] in delivered for ref in to.get("re", ())
    ]
    for event in dict.fromkeys(quoted):
        yield event, {**step, "sub": claims["sub"]}


def duty_of(effect: Row) -> tuple[str, Row]:
    """A duty that an effect opens: its id, and its row."""
    duty = effect["duty"]
    act = act_name(duty["acts"], duty["stages"], final=duty["final"])
    return duty["id"], {
        "act": act, "debtor": duty["debtor"], "creditor": duty["creditor"], "due": duty["due"],
        "legal": duty["legal"], "status": "open", "late": False, "case": effect["sub"],
    }  # fmt: skip


def changed(effect: Row, row: Row, at: int) -> Row:
    """A duty's row behind an effect on it; the same if that changes nothing of it."""
    change = _CHANGED.get(effect["k"])
    if change is None:
        return row
    due = {"due": effect["due"]} if effect["k"] == "duty_moved" else {}
    since = {"since": at} if "status" in change else {}
    late = {"late_at": at} if change.get("late") else {}
    return {**row, **change, **due, **since, **late}
