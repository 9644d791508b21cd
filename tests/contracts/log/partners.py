"""Anything that partners with valid keys may publish, at random."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.encoding import b64u, sha256
from contracts.envelope.issue import Issued, Recipient
from contracts.vocabulary.schema import LeftOut, Linked, Ref
from contracts.vocabulary.scopes import ACK_STAGES, SCOPES
from tests.contracts.decision.asking import CONVENTION
from tests.contracts.envelope import kit
from tests.contracts.log.routed import said, to

BOUNDS = {"decided_on": (-60, 1), "received_on": (-60, 1), "ends_on": (-60, 200), "due": (-1, 300)}


@dataclass
class Partners:
    """Many desks about two cases, with odd references, dates, purposes, stages and scopes."""

    odd: random.Random
    number: int = 0
    now: int = kit.NOW
    known: list[Issued] = field(default_factory=list)

    def next(self) -> Issued:
        """One more event, at `now`."""
        self.number += 1
        self.now += self.odd.choice([0, 0, 1, 30, 7200, kit.DAY])
        etype = self.odd.choice(
            ["ordinary"] * 9 + ["ACK"] * 8 + ["WITHDRAW", "LINK", "UNLINK", "X"]
        )
        make = {"ACK": self.ack, "WITHDRAW": self.withdraw, "LINK": self.link, "UNLINK": self.link}
        issued = make.get(etype, self.ordinary)(etype)
        self.known.append(issued)
        return issued

    def ordinary(self, etype: str) -> Issued:
        """An act under some clause, to some who may get it and some who may not."""
        odd = self.odd
        grant = odd.choice([one for one in CONVENTION.grants if one.realm == "civil" and one.keep])
        issuer = odd.choice(by_role(grant.issuers))
        desks = odd.sample(by_role(grant.recipients), 1)
        desks += [one for one in odd.sample(CIVIL, odd.choice([0, 0, 3])) if one not in desks]
        some = [
            to(desk, grant.purpose, *self.scopes(grant.released), keep=grant.keep, re=self.re())
            for desk in desks
        ]
        more: dict[str, Any] = {}
        for name in odd.sample(sorted(BOUNDS), 2):
            more[name] = self.day(*BOUNDS[name])
        if odd.random() < 0.5:
            more["final"] = True
        if odd.random() < 0.3:
            more |= {"phase": "end", "ends": self.re(issuer) or self.re()}
        if odd.random() < 0.2:
            more["left_out"] = (LeftOut(desk=some[0].desk, scopes=("HEALTH", "FACTS")),)
        return self.say(issuer, etype if etype == "X" else grant.event, *some, **more)

    def ack(self, _: str) -> Issued:
        """Mostly by who was addressed, of the issuer's event, twice in one."""
        past = self.odd.choice(self.known) if self.known else None
        if past is None or not past.claims.to or self.odd.random() < 0.1:
            return self.say(
                "crip", "ACK", to("ase", "acknowledge", re=self.re("ase")), stage="received"
            )
        issuer = self.odd.choice(past.claims.to).desk.rpartition(":")[2]
        desk = past.claims.iss.rpartition(":")[2]
        stage = self.odd.choice(ACK_STAGES)
        addressed = to(desk, "acknowledge", re=(past.ref,) * 2)
        return self.say(issuer, "ACK", addressed, stage=stage, case=past.claims.sub)

    def withdraw(self, _: str) -> Issued:
        """By its issuer, from some who have it."""
        past = self.odd.choice(self.known) if self.known else None
        if past is None or not past.claims.to:
            return self.link("LINK")
        desk = past.claims.to[0].desk.rpartition(":")[2]
        issuer = past.claims.iss.rpartition(":")[2]
        return self.say(
            issuer, "WITHDRAW", to(desk, "withdraw", re=(past.ref,)), case=past.claims.sub
        )

    def link(self, etype: str) -> Issued:
        """Back in time, or far ahead."""
        day = self.odd.choice(["0001-01-01", "9999-12-31", self.day(-90, 2)])
        linked = Linked(peer=self.odd.choice(CASES), date=day)
        return self.say("crip", etype, linked=linked)

    def say(self, issuer: str, etype: str, *some: Recipient, **more: Any) -> Issued:
        """Signed, about one of the cases."""
        seed = f"{self.odd.random()} {self.number}"
        case = {"case": self.odd.choice(CASES[:2])} | more
        return said(issuer, etype, *some, seed=seed, at=self.now, **case)

    def re(self, issuer: str = "") -> tuple[Ref, ...]:
        """References to events that may exist, be another's, withdrawn, or of the other case."""
        found = [one.ref for one in self.known if one.claims.iss.endswith(issuer)]
        return tuple(self.odd.choices(found, k=self.odd.choice([1, 2, 16]))) if found else ()

    def scopes(self, released: frozenset[str]) -> set[str]:
        """Those that pass, and sometimes one that does not."""
        found = set(self.odd.sample(sorted(released), 1))
        return found | set(self.odd.sample(sorted(SCOPES), self.odd.choice([0, 0, 1])))

    def day(self, first: int, last: int) -> str:
        """Days from the event's own."""
        day = datetime.fromtimestamp(self.now, UTC) + timedelta(self.odd.randint(first, last))
        return day.date().isoformat()


CIVIL = [desk for desk in kit.DESKS if "civil" in kit.DESKS[desk][1]]
CASES = [b64u(sha256(f"case {at}".encode())) for at in range(4)]


def by_role(roles: tuple[str, ...]) -> list[str]:
    """Their desks."""
    return [desk for desk in CIVIL if kit.DESKS[desk][0] in roles]
