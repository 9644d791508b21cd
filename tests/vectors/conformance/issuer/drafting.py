"""Drafts: what a tested issuer is asked to publish, as a partner reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from contracts.encoding import b64u, partition_of
from contracts.keys.agreement import Random
from contracts.keys.jose import sign_jws
from contracts.keys.sealing_keys import period_of
from contracts.keys.signed_directory import DIRECTORY_TYP
from contracts.keys.signers import Signer
from contracts.vocabulary.topics import PARTITIONS
from tests.vectors.conformance.case import Case
from tests.vectors.conformance.federation import REALM, TESTED, SyntheticFederation, draws
from tests.vectors.conformance.workbench import BODIES

Draft = dict[str, Any]


def routing_secret(seed: str) -> bytes:
    """The realm's secret."""
    return draws(seed, "routing")(32)


@dataclass(frozen=True)
class IssuerTask:
    """What an issuer is asked: to publish these in this order, its outbox empty at first."""

    drafts: tuple[Draft, ...] = field(repr=False)
    token: str = field(default="", repr=False)
    after: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "after", self.after or (0,) * len(self.drafts))


@dataclass(frozen=True)
class DraftBench:
    """One case's means."""

    fed: SyntheticFederation
    random: Random

    def case_in(self, partition: int) -> str:
        """A case token of a partition."""
        secret = routing_secret(self.fed.seed)
        while True:
            token = b64u(self.random(32))
            if partition_of(secret, REALM, token, PARTITIONS) == partition:
                return token

    def to(self, desk: str = TESTED, *scopes: str, **changes: Any) -> dict[str, Any]:
        """An addressee of a draft; `changes` are its members, None takes one away."""
        told = {
            "desk": self.fed.urn(desk), "purpose": "assess", "retention": "P30",
            "bodies": {scope: BODIES[scope] for scope in scopes or ("FACTS", "IDENTITY")},
        } | changes  # fmt: skip
        return {name: value for name, value in told.items() if value is not None}

    def draft(self, *to: Mapping[str, Any], **changes: Any) -> Draft:
        """An alert, to the CRIP if to nobody else; `changes` are members, None takes one away."""
        told = {
            "etype": "IP", "case": self.case_in(2), "to": list(to) or [self.to()],
            "declared": {"informed": {"parents": "informed", "minor": "informed"}},
        } | changes  # fmt: skip
        return {name: value for name, value in told.items() if value is not None}

    def directory(
        self,
        change: Callable[[dict[str, Any]], object] = lambda _row: None,
        *,
        by: Signer | None = None,
        whole: Mapping[str, Any] = MappingProxyType({}),
    ) -> str:
        """A directory that nobody has checked before it was signed."""
        keeper = by or self.fed.keeper
        rows = [_copied(row) for row in self.fed.payload["desks"]]
        change(next(row for row in rows if row["desk"] == self.fed.urn(TESTED)))
        return sign_jws({**self.fed.payload, "desks": rows, **whole}, DIRECTORY_TYP, keeper)

    def reading(self, *versions: str) -> str:
        """A directory in which the tested addressee says what it reads, as `IP/1`."""
        return self.directory(lambda row: row.update(reads=list(versions)))


def _copied(row: Mapping[str, Any]) -> dict[str, Any]:
    sealing = row["sealing"]
    keys = {kept: dict(weeks) for kept, weeks in sealing["keys"].items()}
    return {**row, "sealing": {**sealing, "keys": keys}}


def this_month(at: int) -> str:
    """Label of the newest key that is valid."""
    return period_of("P30", at).label


Drafting = Callable[[DraftBench], IssuerTask]


def task_of(fed: SyntheticFederation, case: Case) -> IssuerTask:
    """What a case asks of an issuer."""
    task: IssuerTask = case.make(DraftBench(fed, draws(fed.seed, "draft", case.name)))
    return task
