"""Facts of the civil log, one row each, and the counts that the report on meetings is made from.

    quarter, case, from, to, act, outcome, reason, seconds

A row is told by roles, never by desks; a case by its token, which no count shows. It counts in the
quarter (Paris time) in which it was decided, fell due, or, of an alert, in which its time for a
meeting ended. What happens more than 14 days after that quarter changes nothing of it. The criminal
log is not read: the clauses that let figures be published (R44, R45) are of the civil bus.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from contracts.encoding import unb64u
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.keys.directory import Directory
from contracts.log.chain import MALFORMED
from contracts.log.orders.registry import Registry
from contracts.vocabulary.reasons import ATTEMPT
from contracts.vocabulary.scopes import EVENT_TYPES
from services.platform.process.paris_time import instant, paris

DAY: Final = 86_400
SETTLED_S: Final = 14 * DAY  # behind a quarter's end: it is counted then
MET_S: Final = 30 * DAY

# Purpose -> the measure, whoever carries it out (rules R25, R27, R29, R46).
_BY_PURPOSE: Final = {
    "execute_opp": "placement",
    "adapt_measure": "placement",
    "aed_home": "home",
    "mjie": "inquiry",
}
_JUDGE: Final = "execute"  # R26: by who carries it out
_BY_ROLE: Final = {"HOME": "placement", "MO": "home"}
OPEN: Final = "open"

_ALERTS: Final = ("IP", "SIG")
_MEETING: Final = "COORD"
_MEASURE: Final = "MEASURE"

_FACT: Final = """CREATE TABLE fact (
    quarter TEXT, "case" TEXT, "from" TEXT, "to" TEXT,
    act TEXT, outcome TEXT, reason TEXT, seconds INTEGER)"""
_COUNT: Final = """SELECT "from", {}, {}, {}, count(DISTINCT "case")
    FROM fact WHERE quarter = ? AND outcome IN ({}) GROUP BY 1, 2, 3, 4"""
_ANSWER: Final = f"""CASE WHEN seconds IS NULL THEN 'silent' WHEN seconds <= 0 THEN 'kept'
    WHEN seconds <= {7 * DAY} THEN 'late' ELSE 'later' END"""
_FOLLOWED: Final = f"iif(seconds <= iif(outcome = 'alert', {30 * DAY}, {14 * DAY}), 'yes', 'no')"
# Each table is one query: to whom, act, outcome (empty: not told apart), and of which facts.
QUERIES: Final = {
    "meetings": _COUNT.format('"to"', "act", "''", "'used'"),
    "refusals": _COUNT.format('"to"', "act", "reason", "'refusal'"),
    "replies": _COUNT.format('"to"', "''", _ANSWER, "'duty'"),
    "followed": _COUNT.format("''", "outcome", _FOLLOWED, "'alert', 'refusal'"),
    "measures": _COUNT.format("''", "''", "reason", "'measure'"),
}

Cell = tuple[str, str, str, str, str]  # table, from, to, act, outcome


def quarter_of(at: int) -> str:
    """The quarter of an instant in Paris: `2026-1`."""
    wall = paris(at)
    return f"{wall.year}-{(wall.month + 2) // 3}"


def end_of(quarter: str) -> int:
    """The instant at which a quarter has ended."""
    year, number = map(int, quarter.split("-"))
    return instant(datetime.fromisoformat(f"{year + number // 4}-{number % 4 * 3 + 1:02}-01"))


def due_quarters(first: int, now: int) -> Iterator[str]:
    """The quarters that can be counted, from that of an instant on."""
    quarter = quarter_of(first)
    while (end := end_of(quarter)) + SETTLED_S <= now:
        yield quarter
        quarter = quarter_of(end)


def measures_of(to: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The measures that one event orders: `home` (AED, AEMO), `inquiry`, `open`, `placement`.

    What it is in words travels sealed. Where purpose and roles leave it open it is named so, and
    never guessed: a judge's decision that goes to the ASE alone may entrust a child to it or to
    others.

    Args:
        to: purpose and role of those to whom it was delivered.
    """
    addressed = list(to)
    measures = {_BY_PURPOSE[purpose] for purpose, _role in addressed if purpose in _BY_PURPOSE}
    judged = {role for purpose, role in addressed if purpose == _JUDGE}
    if judged:
        measures |= {_BY_ROLE[role] for role in judged if role in _BY_ROLE} or {OPEN}
    return tuple(sorted(measures))


class Facts:
    """The table, and what is still open while a log is folded into it."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect(":memory:", isolation_level=None)
        self._rows.execute(_FACT)
        self._duties: dict[str, tuple[int, int]] = {}  # id -> its row, when it is due
        self._refused: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        self._alerts: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.first = 0  # instant of the first decision; 0: none yet

    def add(self, at: int, fact: tuple[str, ...], seconds: int | None = None) -> int:
        """Add a row, a fact being case, from, to, act, outcome and reason; its number."""
        row = (quarter_of(at), *fact, seconds)
        added = self._rows.execute("INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return added.lastrowid or 0

    def counts(self, quarter: str) -> dict[Cell, int]:
        """How many cases each cell of a quarter has."""
        return {
            (table, *row[:4]): row[4]
            for table, query in QUERIES.items()
            for row in self._rows.execute(query, (quarter,))
        }

    def take(self, record: Inbound, evidence: bytes | None, registry: Registry) -> None:
        """Take what an audited record says; of what is erased only that an answer came."""
        try:
            row, beside = orjson.loads(record.value or b"{}"), orjson.loads(evidence or b"{}")
            if "decision" in beside:
                self._decided(row, beside, registry)
            for effect in beside.get("effects", ()):
                if effect["k"].startswith("duty_"):
                    self._owed(effect, row["at"], registry.directories.get(row.get("dird", "")))
        except (RelaisError, *MALFORMED):
            return  # the replay tells what is wrong with it, and nothing is published

    def _decided(
        self, row: Mapping[str, Any], beside: Mapping[str, Any], registry: Registry
    ) -> None:
        cover = orjson.loads(unb64u(beside["cover"].split(".")[1]))
        now, convention = (
            registry.directories[row["dird"]],
            registry.conventions.get(cover["convd"]),
        )
        known = convention.known_purposes if convention else ()
        self.first = min(self.first or row["at"], row["at"])
        if cover["etype"] not in EVENT_TYPES:
            return
        answers = {each["desk"]: each for each in beside["decision"].get("addressees", ())}
        delivered = []
        for to in cover["to"]:
            answer = answers.get(to["desk"], {})
            parties = cover["sub"], now.role_of(cover["iss"]), now.role_of(to["desk"])
            if answer.get("verdict") == "release":
                delivered.append((to.get("purpose", ""), parties[2]))
                self.add(row["at"], (*parties, answer.get("clause", ""), "used", ""))
            else:
                why = answer.get("reasons") or beside["decision"].get("reasons", ())
                purpose = to.get("purpose", "")  # a sender may write there what he likes
                act = f"{cover['etype']}.{purpose if purpose in known else ''}"
                self._refusal(row["at"], cover["iss"], (*parties, act), why)
        if delivered:
            self._released(row["at"], cover, now.role_of(cover["iss"]), delivered)

    def _refusal(self, at: int, desk: str, fact: tuple[str, ...], why: Iterable[str]) -> None:
        for reason in why:
            if reason != ATTEMPT:
                number = self.add(at, (*fact, "refusal", reason))
                self._refused[fact[0], desk].append((at, number))

    def _released(
        self, at: int, cover: Mapping[str, Any], role: str, to: list[tuple[str, str]]
    ) -> None:
        """What a sending that reached somebody says beside that it did."""
        case, etype = cover["sub"], cover["etype"]
        self._came(self._refused.pop((case, cover["iss"]), ()), at)
        if etype == _MEETING:
            self._came(self._alerts.pop(case, ()), at)
        if etype in _ALERTS:
            number = self.add(at + MET_S, (case, role, "", etype, "alert", ""))
            self._alerts[case].append((at, number))
        for measure in measures_of(to) if etype == _MEASURE else ():
            self.add(at, (case, role, "", etype, "measure", measure))

    def _came(self, rows: Iterable[tuple[int, int]], at: int) -> None:
        """Write how long what these rows waited for has taken."""
        for since, number in rows:
            self._change(number, "seconds = ?", at - since)

    def _owed(self, effect: Mapping[str, Any], at: int, directory: Directory | None) -> None:
        if effect["k"] == "duty_opened" and directory is not None:
            duty = effect["duty"]
            roles = (directory.role_of(duty[side]) for side in ("creditor", "debtor"))
            fact = (effect["sub"], *roles, "", "duty", "")  # who wrote to whom
            self._duties[duty["id"]] = self.add(duty["due"], fact), duty["due"]
        elif effect.get("id") in self._duties:
            self._changed(effect, at, *self._duties[effect["id"]])

    def _changed(self, effect: Mapping[str, Any], at: int, number: int, due: int) -> None:
        """A duty behind an effect on it; an answer that comes after the count is none."""
        kind = effect["k"]
        if kind == "duty_closed" and at <= end_of(quarter_of(due)) + SETTLED_S:
            self._change(number, "seconds = ?", at - due)
        elif kind == "duty_cancelled":
            self._change(number, "outcome = ?", "cancelled")
        elif kind == "duty_reopened":
            self._change(number, "seconds = ?", None)
        elif kind == "duty_moved":
            self._duties[effect["id"]] = number, effect["due"]
            self._change(number, "quarter = ?", quarter_of(effect["due"]))

    def _change(self, number: int, change: str, value: object) -> None:
        update = f"UPDATE fact SET {change} WHERE rowid = ?"  # noqa: S608
        self._rows.execute(update, (value, number))
