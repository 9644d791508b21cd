"""Events by id, in the audit's own store: what was decided, what came back, what desks owe by it.

    lives   event id → what was decided of it, where its record lies, its `steps` and `duties`

A step is an acknowledgement, an event that answers it, or that it was withdrawn, by its place in
the log: a record that is read twice counts once. Rows are written in one transaction with where the
log was read to, and hold a case's token, so that what an order erases can be forgotten here; nobody
is told it.

Only evidence that has the record's hash is read, or the stub that an order to erase has put in its
place. A record whose author lied leaves what it says under its own judgement: the row tells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from contracts.convention.duty import act_name
from contracts.decision.state.effects import case_tag
from contracts.decision.state.shelves import RowForm, Shelf
from contracts.encoding import b64u, canonical, json_object, leaf_hash, sha256, unb64u
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.log.chain import MALFORMED
from contracts.log.replaying.finding import Judgement, event_of
from contracts.vocabulary.scopes import EVENT_TYPES
from services.platform.store.owned import OwnedStore

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
LIVES: Final = "lives"
MOST_ROWS: Final = 200  # steps of one event that are kept, and steps or duties that are told
JSON: Final[RowForm[Any]] = RowForm(canonical, orjson.loads)


class Lives:
    """One realm's.

    Attributes:
        rows: event id → its row, as it was written or has changed since.
    """

    def __init__(self, store: OwnedStore, hot_bytes: int) -> None:
        """Those that a store with this table has."""
        self._store = store
        self.rows = Shelf(store.table(LIVES), JSON, hot_bytes)

    def life(self, event: str) -> Row | None:
        """What was known of an event when rows were last written: one look-up, of whatever id."""
        row = self._store.table(LIVES).get(event.encode())
        return None if row is None else JSON.load(row)

    def take(self, record: Inbound, evidence: bytes | None, judgement: Judgement) -> None:
        """Take over what a record says; one that nobody can tell anything of says nothing."""
        if judgement.judged == "undecidable":
            return
        value, place = record.value or b"", (record.partition, record.offset)
        own, beside = read_pair(value, evidence, judgement)
        try:
            event, row = life_of(value, own, beside, place, judgement)
            there = self.rows.get(event)
            if event and counts(row, there):
                self._put(event, {"steps": {}, "duties": {}, **(there or {}), **row})
            self._fold(own, beside)
            for number, (answered, step) in enumerate(answered_by(own, beside)):
                row = self.rows.get(answered) or {}
                if row.get("sub") == step.pop("sub"):  # of another case nothing
                    self._step(answered, f"{own['index']:016x}a{number:03x}", step)
        except (RelaisError, *MALFORMED):
            return  # the replay tells what is wrong with it

    def _put(self, event: str, row: Row) -> None:
        canonical(row)  # a liar may nest deeper than is written: what fails, fails here
        self.rows[event] = row

    def _fold(self, record: Row, beside: Row) -> None:
        for number, effect in enumerate(effects_of(beside)):
            if effect["k"] in STEPS:
                told = {name: effect.get(name, "") for name in ("k", "desk", "stage")}
                place = f"{record['index']:016x}{number:04x}"
                self._step(effect["jti"], place, {**told, "at": record["at"]})
            elif effect["k"].startswith("duty_"):
                self._owe(effect)
        if record.get("kind") == "erased":
            self._forget(beside)

    def _step(self, event: str, place: str, step: Row) -> None:
        row = self.rows.get(event)
        if row is not None and (place in row["steps"] or len(row["steps"]) < MOST_ROWS):
            self._put(event, row | {"steps": row["steps"] | {place: step}})

    def _owe(self, effect: Row) -> None:
        duty = effect["duty"]["id"] if effect["k"] == "duty_opened" else effect["id"]
        event = duty.partition(DUTY_ID)[0]
        if (row := self.rows.get(event)) is not None:
            owed = duty_after(effect, row["duties"].get(duty))
            if owed is not None:
                self._put(event, row | {"duties": row["duties"] | {duty: owed}})

    def _forget(self, beside: Row) -> None:
        """Take away the events that an order erased; all rows are read.

        An answer is a step of events of its own case alone, which is erased whole.
        """
        leaves = {row["decision"] for row in beside["answers"] if row["answer"] == "erased"}
        tags = [
            (unb64u(effect["by"]), set(effect["cases"]))
            for effect in effects_of(beside)
            if effect["k"] == "erased"
        ]

        def is_gone(row: Row) -> bool:
            return row["leaf"] in leaves or any(
                case_tag(key, row["sub"]) in cases for key, cases in tags
            )

        for event in [event for event in self.rows if is_gone(self.rows[event])]:
            del self.rows[event]


def counts(row: Row, there: Row | None) -> bool:
    """Whether a row is its event's own: nothing under its id undoes what was decided."""
    if there is None or (there["partition"], there["offset"]) == (row["partition"], row["offset"]):
        return True
    return bool(there["kind"] == "quarantined" and row["kind"] == "decided")


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
        "at": record["at"], "kind": kind, "told": len(record["outs"]),
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
        "k": ANSWERED, "at": record["at"], "desk": claims["iss"], "stage": claims["etype"],
        "sub": claims["sub"],
    }  # fmt: skip
    quoted = [
        ref["jti"] for to in claims["to"] if to["desk"] in delivered for ref in to.get("re", ())
    ]
    for event in dict.fromkeys(quoted):
        yield event, dict(step)


def duty_after(effect: Row, row: Row | None) -> Row | None:
    """A duty behind an effect on it; None of one that nobody has opened.

    Args:
        row: the duty before; None: there was none.
    """
    if effect["k"] == "duty_opened":
        duty = effect["duty"]
        act = act_name(duty["acts"], duty["stages"], final=duty["final"])
        return {
            "act": act, "debtor": duty["debtor"], "creditor": duty["creditor"], "due": duty["due"],
            "status": "open", "late": False,
        }  # fmt: skip
    change = _CHANGED.get(effect["k"])
    if row is None or change is None:
        return row
    due = {"due": effect["due"]} if effect["k"] == "duty_moved" else {}
    return {**row, **change, **due}
