"""One case played on `decide` and `evolve` alone: no signature, no broker, real dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.convention.clauses import Grant
from contracts.decision.decide import decide
from contracts.decision.outcome import AddresseeDecision, Decision
from contracts.decision.state.effects import evolve
from contracts.decision.state.state import OPEN, Case, Duty, State
from contracts.decision.state.view import View
from contracts.encoding import b64u
from contracts.keys.directory import Directory
from contracts.vocabulary.schema import desk_urn
from tests.contracts.decision.asking import (
    CONVENTION,
    DIRECTORIES,
    EVERYTHING,
    SUB,
    desk_of,
    event,
    ref,
)

PARIS = ZoneInfo("Europe/Paris")
MONDAY = int(datetime(2026, 9, 7, 10, tzinfo=PARIS).timestamp())
DAY = 86_400
PEERS = {"A": b64u(bytes([1]) * 32), "B": b64u(bytes([2]) * 32), "SELF": SUB}  # cases to link


def paris(text: str) -> int:
    """The instant of a Paris wall time, `2026-09-07T08:00`: the oracle of the expectations."""
    return int(datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp())


def wall(at: int) -> str:
    """An instant as Paris wall time."""
    return datetime.fromtimestamp(at, PARIS).strftime("%Y-%m-%d %H:%M:%S")


def way(name: str) -> tuple[Grant, str, str]:
    """`R26:HOME`, `R31:MO>ASE`: a clause's grant between these roles, the first ones if unnamed."""
    clause, _, roles = name.partition(":")
    issuer, _, recipient = roles.rpartition(">")
    (grant, *_others) = (
        one
        for one in CONVENTION.grants
        if clause in (one.clause, one.id)
        and (not issuer or issuer in one.issuers)
        and (not recipient or recipient in one.recipients)
    )
    return grant, issuer or grant.issuers[0], recipient or grant.recipients[0]


@dataclass
class Played:
    """A case, event by event."""

    realm: str = "civil"
    directory: Directory | None = None
    view: View = field(default_factory=lambda: View(State()))
    at: int = MONDAY - 60  # of the last step
    number: int = 0
    issuers: dict[int, str] = field(default_factory=dict)
    last: Decision = field(init=False)

    @property
    def case(self) -> Case:
        """As it stands."""
        return self.view.case(SUB)

    def then(self, *steps: str) -> Played:
        """The case after these steps, a minute each, or at its time where one begins with it.

        `R39 re=1 final=yes` is an act that answers the first event, `R25+R25:ASE end=1` one to two
        desks that ends it; `ack CRIP started 1`, `withdraw 1 CRIP`; `link A 2026-09-01` and
        `unlink` are the CRIP's, or whose is named last; `@2026-10-25T01:30 R01` is in Paris.
        """
        for step in steps:
            time, rest = step.split(" ", 1) if step.startswith("@") else ("", step)
            self.at = paris(time[1:]) if time else self.at + 60
            self._step(*rest.split())
        return self

    def _step(self, verb: str, *words: str) -> None:
        match verb, *words:
            case "ack", role, stage, *numbers:
                re = tuple(self.ref(int(one)) for one in numbers)
                to = [{"role": self.issuers[int(numbers[0])], "purpose": "acknowledge", "re": re}]
                self.say(self.at, role, "ACK", to, stage=stage)
            case "withdraw", number, *roles:
                re = (self.ref(int(number)),)
                to = [{"role": one, "purpose": "withdraw", "re": re} for one in roles]
                self.say(self.at, self.issuers[int(number)], "WITHDRAW", to)
            case (("link" | "unlink"), peer, date, *by):
                linked = {"peer": PEERS[peer], "date": date}
                self.say(self.at, by[0] if by else "CRIP", verb.upper(), [], linked=linked)
            case _:
                self.act(self.at, *verb.split("+"), **self._claims(words))

    def _claims(self, words: Iterable[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for member, _, value in (word.partition("=") for word in words):
            if member == "re":
                found["re"] = (int(value),)
            elif member == "iat":
                found["iat"] = paris(value)
            elif member == "end":
                found |= {"phase": "end"} | ({"ends": (self.ref(int(value)),)} if value else {})
            elif member == "undeclared":
                found["declared"] = without(*value.split(","))
            else:
                found[member] = True if value == "yes" else value
        return found

    def say(self, at: int, issuer: str, etype: str, to: list[dict[str, Any]], **claims: Any) -> int:
        """Publish, decide at once, apply; the number by which later events refer to it."""
        self.number += 1
        self.issuers[self.number] = issuer
        stamps = {"iat": at, "exp": at + 86_400} | claims
        asked = event(issuer, etype, to, number=self.number, realm=self.realm, **stamps)
        known = self.directory or DIRECTORIES[self.realm]
        self.last = decide(CONVENTION, known, self.view, asked, at)
        evolve(self.view, self.last.effects, "leaf")
        return self.number

    def act(self, at: int, *clauses: str, re: tuple[int, ...] = (), **claims: Any) -> int:
        """An event under one or several clauses, everything declared, one scope an addressee."""
        to: list[dict[str, Any]] = []
        for clause in clauses:
            grant, _, role = way(clause)
            scope = "FACTS" if "FACTS" in grant.scopes else min(grant.scopes)
            named = {"re": tuple(self.ref(number) for number in re)} if re else {}
            one = {"role": role, "purpose": grant.purpose, "scopes": (scope,), "keep": grant.keep}
            to.append(one | named)
        grant, issuer, _ = way(clauses[0])
        claims = {"declared": EVERYTHING} | claims
        return self.say(at, issuer, grant.event, to, **claims)

    def ref(self, number: int) -> dict[str, str]:
        """How events refer to it."""
        return ref(self.issuers[number], number, self.realm)

    def urn(self, role: str) -> str:
        """Of a role's desk."""
        return desk_urn(self.realm, desk_of(role))

    @property
    def refused(self) -> bool:
        """Whether the last event was."""
        return self.last.refused

    @property
    def reasons(self) -> list[tuple[str, ...]]:
        """Of the last event, addressee by addressee."""
        return [one.reasons for one in self.last.outcomes]

    def outcome(self, number: int = 0) -> AddresseeDecision:
        """Of the last event, for one of its addressees."""
        return self.last.outcomes[number]

    def changes(self, kind: str) -> list[dict[str, Any]]:
        """The last event's effects of one kind."""
        return [effect for effect in self.last.effects if effect["k"] == kind]

    def owed(self) -> dict[str, str]:
        """Open duties: `debtor>creditor act` -> due, as Paris wall time."""
        return {name(duty): wall(duty.due) for duty in self.open()}

    def open(self) -> list[Duty]:
        """Open duties, in the order in which they were opened."""
        return [duty for duty in self.case.duties.values() if duty.status == OPEN]

    def assigned(self) -> set[str]:
        """Roles that take part."""
        return {urn.rpartition(":")[2].upper() for urn, _ in self.case.assigned}


def name(duty: Duty) -> str:
    """`CRIP>EDU-S ACK:received`."""
    parties = (urn.rpartition(":")[2].upper() for urn in (duty.debtor, duty.creditor))
    return f"{'>'.join(parties)} {duty.act}"


def left(played: Played) -> list[str]:
    """Open duties, each with the number of its event: `CRIP>EDU-S R39:final 1`, `… 1 month 2`."""
    return [
        f"{name(duty)} {int(duty.event[-12:], 16)}"
        + (f" month {duty.occurrence}" if duty.repeat else "")
        for duty in played.open()
    ]


def play(*steps: str) -> Played:
    """A case after these steps (`Played.then`)."""
    return Played().then(*steps)


def without(*members: str) -> dict[str, Any]:
    """Everything declared, but for these."""
    return {one: value for one, value in EVERYTHING.items() if one not in members}


def prepared(clauses: str, at: int) -> Played:
    """A case in which whoever has to be assigned is."""
    if clauses.split()[0] in ("R21", "R41.2"):
        return Played("criminal")
    played = Played()
    # EDU-S, CRIP; HOME, ASE, PARQ-CIV; PMI; ASSO; what R11 copies; MO, JE
    for known in ("R01", "R25:HOME R25:ASE", "R15:PMI", "R19", "R09", "R26:MO"):
        played.act(at - 30 * DAY, *known.split())
    return played
