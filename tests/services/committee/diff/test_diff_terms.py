"""What is said of a question that opens is true of each of its recipients."""

from __future__ import annotations

import copy

import pytest

from contracts.convention.model import Convention
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from tests.contracts.convention.kit import convention
from tests.contracts.convention.mutating import Data, loaded, plain

ACK = {"act": "ACK:received", "debtor": "recipient", "creditor": "issuer"}
# Three recipients of two grants, no two of them on the same terms.
GRANTS: list[Data] = [
    {"recipients": ["PMI", "EDU-S"], "keep": "P7", "assigns": ["recipient"],
     "duties": [{**ACK, "within": "1wd", "recipients": ["PMI"]}]},
    {"recipients": ["MO"], "keep": "P90", "assigns": ["issuer", "recipient"], "duties": []},
]  # fmt: skip


def opening(*grants: Data) -> Convention:
    """The shipped file with one act more: an absence that the ASE tells others of."""
    data = plain()
    known = next(one for one in data["clauses"] if one["id"] == "R36")
    own = {name: value for name, value in known.items() if name not in grants[0]}
    added = own | {"id": "R60", "purpose": "progress", "conditions": [], "grants": list(grants)}
    data["clauses"].append(copy.deepcopy(added))
    return loaded(data)[1]


def said(found: Diff, recipient: str, lang: str) -> str:
    """The sentence that tells a recipient's opening."""
    (one,) = [one for one in found.of("opened") if recipient in one.recipients]
    return sentence(found.old, found.new, one, lang)


@pytest.mark.slow
def test_recipients_on_different_terms_are_told_apart() -> None:
    """Retention, duties and participants: of each what is its own, and nothing of nobody."""
    nobody = {"recipients": ["PSP"], "keep": "P7", "assigns": [], "duties": []}
    new = opening(*GRANTS, nobody)

    found = diff(convention(), new)

    told = {role: said(found, role, "en") for role in ("PMI", "EDU-S", "MO", "PSP")}
    assert "By this event the recipient takes part in the case." in told["PMI"]
    assert "By this event the sender and the recipient take part in the case." in told["MO"]
    assert "take" not in told["PSP"]
    assert [who for who in told if "owes" in told[who]] == ["PMI"]
    assert [who for who in told if "for 128 days" in told[who]] == ["MO"]


def test_recipients_on_the_same_terms_are_one_change() -> None:
    """Whichever grants they are of, and in whatever order their duties stand."""
    duties = [{**ACK, "within": "1wd"}, {**ACK, "act": "ACK:started", "within": "2wd"}]
    one = {"recipients": ["PMI"], "keep": "P7", "assigns": [], "duties": duties}
    other = {**one, "recipients": ["MO"], "duties": duties[::-1]}
    new = opening(one, other)

    (told,) = diff(convention(), new).of("opened")

    assert told.recipients == ("PMI", "MO")


def test_what_still_passes_of_a_closed_category_is_said_of_those_alone_whom_it_reaches() -> None:
    """Two grants lose health data; one of them keeps the vital ones."""
    both = [
        {**one, "scopes": ["IDENTITY", "RISK"], "assigns": [], "duties": [], "keep": "P7"}
        for one in ({"recipients": ["PMI"]}, {"recipients": ["MO"]})
    ]
    less = [{**both[0], "scopes": ["IDENTITY", "RISK.level"]}, {**both[1], "scopes": ["IDENTITY"]}]
    old, new = opening(*both), opening(*less)

    found = diff(old, new)

    told = {
        recipient: sentence(old, new, change, "en")
        for change in found.of("closed")
        for recipient in change.recipients
    }
    assert ("Still permitted" in told["PMI"], "Still permitted" in told["MO"]) == (True, False)
