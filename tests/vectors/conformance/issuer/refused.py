"""What an issuer must not publish: broken drafts, and directories that betray it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from contracts.encoding import b64u
from tests.vectors.conformance.case import Case, refusal
from tests.vectors.conformance.federation import DAY, ISSUER, TESTED
from tests.vectors.conformance.issuer.drafting import (
    DraftBench,
    Drafting,
    IssuerTask,
    this_month,
)
from tests.vectors.conformance.workbench import BODIES, spoiled

HOUR_S: Final = 3600


def _addressed(desk: str = "crip", **changes: Any) -> Drafting:
    return lambda bench: IssuerTask((bench.draft(bench.to(desk, **changes)),))


def _directed(make: Callable[[DraftBench], str]) -> Drafting:
    """A sound draft, under another directory."""
    return lambda bench: IssuerTask((bench.draft(),), make(bench))


def _slipped_in(bench: DraftBench) -> str:
    """The keeper puts a key of his own in place of the desk's newest."""

    def change(row: dict[str, Any]) -> None:
        row["sealing"]["keys"]["P30"][this_month(bench.fed.at)] = b64u(bench.random(32))

    return bench.directory(change)


def _dropped(bench: DraftBench) -> str:
    """The keeper leaves the desk's newest key out, so that an older one is used."""
    return bench.directory(lambda row: row["sealing"]["keys"]["P30"].pop(this_month(bench.fed.at)))


def _altered(bench: DraftBench) -> str:
    return spoiled(bench.fed.token, 2)


def _desk_altered(bench: DraftBench) -> str:
    """A desk's row is another than the keeper has signed."""
    head, _, signature = bench.fed.token.split(".")
    _, payload, _ = bench.directory(lambda row: row.update(secrecy=False)).split(".")
    return f"{head}.{payload}.{signature}"


def _unproved(bench: DraftBench) -> str:
    """The keeper lists a stranger's key for a desk: its holder has never signed for it."""

    def change(row: dict[str, Any]) -> None:
        public = bench.fed.signers["stranger-sig-1"].public
        taken = {"kid": f"{TESTED}-sig-5", "x": b64u(public)}
        row["signing"] = [*row["signing"], row["signing"][1] | taken]

    return bench.directory(change)


def _ended(bench: DraftBench) -> str:
    return bench.directory(whole={"iat": bench.fed.at - 2 * DAY, "exp": bench.fed.at - HOUR_S})


def _until_it_ends(bench: DraftBench) -> IssuerTask:
    """The same directory, before its end and after it."""
    token = bench.directory(whole={"exp": bench.fed.at + HOUR_S})
    return IssuerTask((bench.draft(), bench.draft()), token, (0, HOUR_S))


def _reading(*versions: str) -> Drafting:
    """A sound draft to a desk that reads these and nothing else."""
    return _directed(lambda bench: bench.reading(*versions))


def _case(name: str, title: str, make: Drafting, section: str = "keys §2.1 to §2.6") -> Case:
    return refusal(name, title, make, "refused", section=section)


_UNKNOWN: Final = {**BODIES["FACTS"], "school": "x"}

CASES: Final = (
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
    _case("directory-altered", "A directory whose signature was altered", _directed(_altered)),
    _case("row-altered", "A directory of which a row was altered", _directed(_desk_altered)),
    _case("directory-by-a-desk", "A directory that a desk has signed", _directed(
          lambda bench: bench.directory(by=bench.fed.signers[f"{ISSUER}-sig-2"]))),
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
