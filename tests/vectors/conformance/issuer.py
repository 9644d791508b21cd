"""What an issuer is asked to publish, what of it must be published, and what must not."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.encoding import b64u, canonical, partition_of
from contracts.keys.agreement import Random
from contracts.keys.jose import sign_jws
from contracts.keys.sealing_keys import period_of
from contracts.keys.signed_directory import DIRECTORY_TYP
from contracts.keys.signers import Signer
from contracts.vocabulary.topics import PARTITIONS
from tests.contracts.envelope.kit import DAY
from tests.vectors.conformance.federation import (
    FED,
    ISSUER,
    REALM,
    TESTED,
    draws,
    urn,
)
from tests.vectors.conformance.workbench import (
    BODIES,
    DESCRIPTION,
    LONGEST,
    PHOTOGRAPH,
    Case,
    altered,
    refusal,
    spoiled,
)
from tests.vectors.specification.federation import AT

HOUR_S: Final = 3600
Draft = dict[str, Any]
ROUTING_SECRET: Final = draws("routing")(32)


@dataclass(frozen=True)
class IssuerTask:
    """What an issuer is asked: to publish these in this order, its outbox empty at first."""

    drafts: tuple[Draft, ...] = field(repr=False)
    token: str = field(default="", repr=False)
    after: tuple[int, ...] = ()  # seconds of each; none: all at once


@dataclass(frozen=True)
class DraftBench:
    """One case's means."""

    random: Random

    def case_in(self, partition: int) -> str:
        """A case token of a partition."""
        while True:
            token = b64u(self.random(32))
            if partition_of(ROUTING_SECRET, REALM, token, PARTITIONS) == partition:
                return token

    def to(self, desk: str = TESTED, *scopes: str, **changes: Any) -> dict[str, Any]:
        """An addressee of a draft; `changes` are its members, None takes one away."""
        usual = {
            "desk": urn(desk), "purpose": "assess", "retention": "P30",
            "bodies": {scope: BODIES[scope] for scope in scopes or ("FACTS", "IDENTITY")},
        }  # fmt: skip
        return altered(usual, changes)

    def draft(self, *to: Mapping[str, Any], **changes: Any) -> Draft:
        """An alert, to the CRIP if to nobody else; `changes` are members, None takes one away."""
        usual = {
            "etype": "IP", "case": self.case_in(2), "to": list(to) or [self.to()],
            "declared": {"informed": {"parents": "informed", "minor": "informed"}},
        }  # fmt: skip
        return altered(usual, changes)

    def directory(
        self,
        change: Callable[[dict[str, Any]], object] = lambda _row: None,
        *,
        by: Signer = FED.keeper,
        **claims: Any,
    ) -> str:
        """A directory that nobody has checked before it was signed; `claims` are its own."""
        rows = copy.deepcopy(FED.payload["desks"])
        change(next(row for row in rows if row["desk"] == urn(TESTED)))
        return sign_jws({**FED.payload, "desks": rows, **claims}, DIRECTORY_TYP, by)

    def reading(self, *versions: str) -> str:
        """A directory in which the tested addressee says what it reads, as `IP/1`."""
        return self.directory(lambda row: row.update(reads=list(versions)))


def this_month(at: int) -> str:
    """Label of the newest key that is valid."""
    return period_of("P30", at).label


Drafting = Callable[[DraftBench], IssuerTask]


def _addressed(desk: str = TESTED, *scopes: str, **changes: Any) -> Drafting:
    """One draft to one desk."""
    return lambda bench: IssuerTask((bench.draft(bench.to(desk, *scopes, **changes)),))


def _directed(make: Callable[[DraftBench], str]) -> Drafting:
    """A sound draft, under another directory."""
    return lambda bench: IssuerTask((bench.draft(),), make(bench))


def _reading(*versions: str) -> Drafting:
    """A sound draft to a desk that reads these and nothing else."""
    return _directed(lambda bench: bench.reading(*versions))


# --- what must be published ---

DECEMBER: Final = 9 * DAY  # behind `at`: a new month has begun, the key before is valid


def _two_months(bench: DraftBench) -> IssuerTask:
    """Each month has a key of its own, and the time says which is the newest."""
    return IssuerTask((bench.draft(), bench.draft()), after=(0, DECEMBER))


def _chained(bench: DraftBench) -> IssuerTask:
    case = bench.case_in(4)
    return IssuerTask(tuple(bench.draft(case=case) for _number in range(3)))


def _apart(bench: DraftBench) -> IssuerTask:
    return IssuerTask(tuple(bench.draft(case=bench.case_in(number)) for number in (0, 5, 0)))


def _acknowledging(bench: DraftBench, **more: Any) -> IssuerTask:
    ref = {"iss": urn(TESTED), "jti": "01939e3a-0000-7000-8000-000000000001"}
    to = bench.to(bodies=None, retention=None, purpose="acknowledge", re=[ref])
    return IssuerTask((bench.draft(to, etype="ACK", stage="received", declared=None),), **more)


def _called(bench: DraftBench) -> IssuerTask:
    call = {"to": "duty_magistrate", "at": AT - 600, "ref": b64u(bench.random(16))}
    informed = {"parents": "exempted_family", "minor": "informed"}
    return IssuerTask((bench.draft(declared={"call": call, "danger": True, "informed": informed}),))


def _observed(text: str) -> dict[str, Any]:
    return {"FACTS": {"facts": [{"observed": text, "observed_on": "2026-11-20"}]}}


def _exact(bench: DraftBench) -> IssuerTask:
    """A body with which the plaintext needs no padding, and one with which it needs the most."""
    inner = {
        "cat": "FACTS", "evt": "0" * 36, "iss": urn(ISSUER), "pad": "", "salt": "A" * 22,
    }  # fmt: skip
    short = len(canonical({"body": _observed("")["FACTS"], **inner}))
    texts = ["x" * (-short % 512 + more) for more in (0, 1)]
    return IssuerTask(
        tuple(bench.draft(bench.to(bodies=_observed(text or "x" * 512))) for text in texts)
    )


def _photograph(bench: DraftBench) -> IssuerTask:
    to = bench.to("pol", purpose="search", bodies={DESCRIPTION: PHOTOGRAPH})
    return IssuerTask((bench.draft(to, etype="MISSING"),))


def _revoked(bench: DraftBench) -> IssuerTask:
    """The newest key opens no longer for its desk alone: last month's is valid still."""
    at = AT + DECEMBER
    ended = {f"{TESTED}-p30-{this_month(at)}": at - DAY}
    token = bench.directory(lambda row: row["sealing"].update(revoked=ended))
    return IssuerTask((bench.draft(),), token, after=(DECEMBER,))


PUBLISHED: Final = (
    Case("one-addressee", "An alert to one desk, two parts", "envelope §6, §7",
          _addressed()),
    Case("two-addressees", "An alert to two desks of one agency", "envelope §4.6",
          lambda bench: IssuerTask((bench.draft(bench.to(), bench.to("ase", "FACTS")),))),
    Case("addressee-on-p256", "An addressee whose key is one of P-256",
         "envelope §3.2, §3.3; keys §2.6", _addressed("pol", "FACTS")),
    Case("kept-ninety-days", "Parts of another retention class",
         "envelope §3.2, §3.3; keys §2.6", _addressed(retention="P90")),
    Case("newest-key-of-its-month",
        "A draft of this month and one of the next, each for its month's newest key",
         "keys §2.6", _two_months),
    Case("three-in-a-case", "Three events in one case", "envelope §4.7, §6.3", _chained),
    Case("cases-in-two-partitions", "Three events in three cases and two partitions",
               "envelope §4.7, §6.3", _apart),
    Case("without-parts", "An acknowledgement, which has no parts", "envelope §6, §7",
    _acknowledging),
    Case("call-and-danger", "An alert that declares a call, of which the slip tells a part",
               "envelope §4.6", _called),
    Case("letters-beyond-ascii",
        "Accents, quotation marks and a sign beyond the basic plane in a body",
         "envelope §2.2", _addressed(bodies=_observed(
             "L’élève dit : « je n’ai pas dormi » 𝄞 fin"))),
    Case("padding-none-and-most", "A plaintext that needs no padding, and one that needs the most",
               "envelope §3.2, §3.3; keys §2.6", _exact),
    Case("issued-photograph-at-its-bound", "A photograph of 136 KiB of a missing child",
               "envelope §2.7; bodies §2", _photograph),
    Case("part-at-its-bound",
        "Twelve observations, each as long as it may be, in signs beyond the basic plane",
         "envelope §2.7; bodies §2", _addressed(bodies={"FACTS": LONGEST})),
    Case("newest-key-revoked", "An addressee whose newest key is revoked, and an older one valid",
               "keys §2.5, §2.6", _revoked),
    Case("addressee-reads-it", "An alert to a desk that reads its first version, among others",
         "keys §2.2", _reading("FEEDBACK/1", "IP/1", "IP/2")),
    Case("everybody-reads-receipts", "An acknowledgement to a desk whose list has alerts alone",
               "keys §2.2", lambda bench: _acknowledging(bench, token=bench.reading("IP/1"))),
)  # fmt: skip


# --- what must not ---


def _slipped_in(bench: DraftBench) -> str:
    """The keeper puts a key of his own in place of the desk's newest."""

    def change(row: dict[str, Any]) -> None:
        row["sealing"]["keys"]["P30"][this_month(AT)] = b64u(bench.random(32))

    return bench.directory(change)


def _dropped(bench: DraftBench) -> str:
    """The keeper leaves the desk's newest key out, so that an older one is used."""
    return bench.directory(lambda row: row["sealing"]["keys"]["P30"].pop(this_month(AT)))


def _desk_altered(bench: DraftBench) -> str:
    """A desk's row is another than the keeper has signed."""
    head, _, signature = FED.token.split(".")
    _, payload, _ = bench.directory(lambda row: row.update(secrecy=False)).split(".")
    return f"{head}.{payload}.{signature}"


def _unproved(bench: DraftBench) -> str:
    """The keeper lists a stranger's key for a desk: its holder has never signed for it."""

    def change(row: dict[str, Any]) -> None:
        public = FED.signers["stranger-sig-1"].public
        taken = {"kid": f"{TESTED}-sig-5", "x": b64u(public)}
        row["signing"] = [*row["signing"], row["signing"][1] | taken]

    return bench.directory(change)


def _ended(bench: DraftBench) -> str:
    return bench.directory(iat=AT - 2 * DAY, exp=AT - HOUR_S)


def _until_it_ends(bench: DraftBench) -> IssuerTask:
    """The same directory, before its end and after it."""
    token = bench.directory(exp=AT + HOUR_S)
    return IssuerTask((bench.draft(), bench.draft()), token, (0, HOUR_S))


def _case(name: str, title: str, make: Drafting, section: str = "keys §2.1 to §2.6") -> Case:
    return refusal(name, title, make, "refused", section=section)


_UNKNOWN: Final = {**BODIES["FACTS"], "school": "x"}

REFUSED: Final = (
    _case("desk-unknown", "A draft to a desk that the directory does not have",
          _addressed("pmi"), "envelope §3.2, §3.3; keys §2.6"),
    _case("no-key-of-the-class", "A draft for which its addressee has no key of the class",
          _addressed(retention="P7"), "envelope §3.2, §3.3; keys §2.6"),
    _case("body-outside-schema", "A draft whose body has a member that its schema does not have",
          _addressed(bodies={"FACTS": _UNKNOWN}), "envelope §3.4, bodies §1"),
    _case("body-of-another-scope", "A draft whose body is another scope’s",
          _addressed(bodies={"IDENTITY": BODIES["FACTS"]}), "envelope §3.4, bodies §1"),
    _case("scope-unknown", "A draft with a scope that no convention has",
          _addressed(bodies={"HEALTH.secret": BODIES["FACTS"]}), "envelope §3.4, bodies §1"),
    _case("addressee-twice", "A draft to the same desk twice",
          lambda bench: IssuerTask((bench.draft(bench.to(), bench.to()),)), "envelope §4.5"),
    _case("no-addressee", "An alert to nobody",
          lambda bench: IssuerTask((bench.draft(to=[]),)), "envelope §4.5"),
    _case("no-purpose", "A draft without a purpose", _addressed(purpose=None), "envelope §4.5"),
    _case("directory-altered", "A directory whose signature was altered", _directed(
          lambda bench: spoiled(FED.token, 2))),
    _case("row-altered", "A directory of which a row was altered", _directed(_desk_altered)),
    _case("directory-by-a-desk", "A directory that a desk has signed", _directed(
          lambda bench: bench.directory(by=FED.signers[f"{ISSUER}-sig-2"]))),
    _case("directory-expired", "A directory that ended an hour ago", _directed(_ended)),
    _case("until-the-directory-ends", "One draft in a directory's last hour, one when it has ended",
          _until_it_ends),
    _case("key-slipped-in", "A directory in which the keeper has put another key for the addressee",
          _directed(_slipped_in)),
    _case("key-without-possession",
          "A directory that lists a signing key for a desk without a proof by that key",
          _directed(_unproved), "keys §2.3"),
    _case("key-left-out", "A directory in which the keeper has left out the addressee’s newest key",
          _directed(_dropped)),
    _case("not-read", "An alert to a desk that reads answers alone", _reading("FEEDBACK/1"),
          "keys §2.2"),
    _case("only-a-later-version-read", "An alert to a desk that reads its second version alone",
          _reading("IP/2"), "keys §2.2"),
)  # fmt: skip

TABLES: Final = {"published": PUBLISHED, "refused": REFUSED}
