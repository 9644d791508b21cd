"""What each record becomes and each arrival is told as: two files, and the rest here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from contracts.decision.draft import Draft
from contracts.envelope.model import Slip
from contracts.vocabulary.schema import Ref, short
from contracts.vocabulary.scopes import ROLES
from services.agency.trade import trade_of
from tests.contracts.decision.asking import CONVENTION
from tests.samples import DESKS, desk_of, drafts, every_filing, filed, sample

FOLDER: Final = Path(__file__).parent
WITHDRAWN: Final = Ref(iss="urn:relais:civil:desk:crip", jti="01939e3a-0000-7000-8000-000000000009")


def purposes(draft: Draft) -> dict[str, str | None]:
    """desk -> purpose."""
    return {one.desk: one.purpose for one in draft.to}


def not_released(draft: Draft, desk: str) -> set[str]:
    """The scopes meant for a desk that its clause does not release."""
    (addressee,) = (one for one in draft.to if one.desk == desk)
    question = (DESKS[draft.issuer], draft.etype, addressee.purpose or "", DESKS[desk])
    grant = CONVENTION.grant(draft.realm, *question)
    released = grant.released if grant is not None else frozenset[str]()
    return set(addressee.portions) - released


def body(draft: Draft, desk: str, scope: str) -> dict[str, Any]:
    """The wire form of a body for one desk."""
    (addressee,) = (one for one in draft.to if one.desk == desk)
    return addressee.portions[scope].body.wire()


def handed(agency: str, arrived: Slip, bodies: dict[str, Any]) -> dict[str, Any]:
    """What an agency is handed of a slip by whose clause the recipient owes what it owes."""
    return trade_of(agency).words.arrival(arrived, bodies, owed(arrived))


def owed(arrived: Slip) -> list[str]:
    """The duties that the convention gives the recipient of a slip, as a receipt names them."""
    issuer, recipient = DESKS[short(arrived.iss)], DESKS[short(arrived.aud)]
    question = (issuer, arrived.etype, arrived.purpose or "", recipient)
    grant = CONVENTION.grant(arrived.realm, *question)
    return [
        ":".join(filter(None, ("|".join(spec.acts), "|".join(spec.stages))))
        for spec in (grant.duties if grant else ())
        if spec.debtor == "recipient" and (not spec.recipients or recipient in spec.recipients)
    ]


def slip(etype: str, purpose: str, desk: str, issuer: str = "crip", **more: Any) -> Slip:
    """A slip as a recipient has verified it."""
    return Slip(
        iss=f"urn:relais:civil:desk:{issuer}",
        jti="01939e3a-0000-7000-8000-000000000001",
        iat=1795798800,
        exp=1795800000,
        realm="civil",
        etype=etype,
        convd="c" * 43,
        sub="b" * 43,
        aud=f"urn:relais:civil:desk:{desk}",
        purpose=purpose,
        **more,
    )


def written(value: Any) -> str:
    """JSON as the files have it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def lines(draft: Draft) -> Iterator[str]:
    """A draft: what is in its cover, who gets which scopes or not, and what fills each."""
    declared = draft.declared.wire() if draft.declared else {}
    linked = draft.linked and (draft.linked.peer, draft.linked.date)
    ends = [ref.wire() for ref in draft.ends]
    yield f" {draft.realm} {draft.etype} {written([draft.facts, declared, ends, linked])}"
    for to in draft.to:
        left_out, answers = not_released(draft, to.desk), [ref.iss[-8:] for ref in to.re]
        released = sorted(set(to.portions) - left_out)
        yield f"  {to.desk} {to.purpose} {answers} {released} not {sorted(left_out)}"
        for scope, portion in to.portions.items():
            yield f"   {scope}: {', '.join(portion.fields)}: {written(portion.body.wire())}"
    yield f"  stays: {sorted(draft.unpublished)}"


def becomes() -> Iterator[str]:
    """Every sample, as each role files it; what a second role's fill alike is not said again."""
    said: dict[tuple[str, str], set[str]] = {}
    for agency, kind, role in every_filing():
        yield f"{agency} {kind} {role}"
        known = said.setdefault((agency, kind), set())
        for draft in drafts(agency, filed(agency, kind, role), role):
            for line in lines(draft):
                if not (line.startswith("   ") and line in known):
                    yield line
                known.add(line)


def arrivals() -> Iterator[str]:
    """Every question of the convention: title, what it asks, the recipient's words."""
    for question, grant in sorted(CONVENTION.by_question.items()):
        if grant.publication:
            continue
        _, issuer, event, purpose, recipient = question
        arrived = slip(event, purpose, desk_of(recipient), desk_of(issuer))
        item = handed(ROLES[recipient], arrived, {scope: {} for scope in sorted(grant.scopes)})
        told = [item["title"]["fr"], item["asks"], item["content"]]
        yield f"{' '.join(question)}: {written(told)}"


FILES: Final = {"becomes.txt": becomes, "arrivals.txt": arrivals}


@pytest.mark.parametrize("name", FILES)
def test_all_is_as_it_is_kept(name: str) -> None:
    """`python -m tests.services.test_becomes` writes them anew: read the difference first."""
    assert (FOLDER / name).read_text(encoding="utf-8").splitlines() == list(FILES[name]())


# --- what no sample shows -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "final"),
    [
        ("received", False), ("being_evaluated", False), ("not_ip", True), ("help_in_place", True),
        ("already_followed", True), ("sent_to_justice", True), ("measure_ordered", True),
        ("closed", True),
    ],
)  # fmt: skip
def test_a_final_outcome_is_clear(outcome: str, final: bool) -> None:
    """R39: the duty closes by it; to an author, or to the parquet for its R22."""
    record = sample("child_welfare", "feedback", outcome=outcome, to=["parq-civ"], answers=[])

    (draft,) = drafts("child_welfare", record, "CRIP")

    assert draft.facts == ({"final": True} if final else {})
    assert purposes(draft) == {"parq-civ": "close_loop"}


@pytest.mark.parametrize(
    ("role", "kind", "change", "etype", "expected"),
    [
        ("ASE", "specialist_referral", {"frame": "joint_evaluation"}, "SPECREF",
         {"asso": "joint_evaluation"}),
        ("ASE", "specialist_referral", {"frame": "follow_up"}, "SPECREF",
         {"asso": "specialist_followup"}),
        ("ASE", "measure_end", {"measure": "aed"}, "MEASURE", {"mo": "aed_home"}),
        ("ASE", "measure_end", {"measure": "specialist_followup"}, "SPECREF",
         {"asso": "specialist_followup"}),
        ("JE", "decision", {"measure": "placement"}, "MEASURE",
         {"ase": "execute", "home-1": "execute"}),
        ("JE", "decision", {"measure": "aemo_reinforced"}, "MEASURE",
         {"ase": "execute", "mo": "execute"}),
        ("JE", "decision", {"measure": "third_party_custody"}, "MEASURE", {"ase": "execute"}),
    ],
)  # fmt: skip
def test_act_and_desks_follow_the_measure(
    role: str, kind: str, change: dict[str, str], etype: str, expected: dict[str, str]
) -> None:
    """R19 or R30; an end by the act that opened it; R26 by who carries the decision out."""
    agency = ROLES[role]

    (draft,) = drafts(agency, sample(agency, kind, **change), role)

    assert (draft.etype, purposes(draft)) == (etype, expected)


def test_no_inquiry_is_an_answer() -> None:
    """`inquiry` is mandatory for R07 and R35, and false is declared as such."""
    change: dict[str, Any] = {"inquiry_open": False, "authorisation": None}
    (draft,) = drafts("police", sample("police", "minor_information", **change), "POL")

    assert draft.declared is not None
    assert draft.declared.wire() == {"inquiry": False}


def test_a_first_name_and_an_age_are_enough() -> None:
    """Street outreach knows no more (scenario C): what is absent fills no scope."""
    known = {"known_as": "Chloé", "age": 15}
    record = {"kind": "information_preoccupante", "reference": "r", "young_person": known}

    (draft,) = drafts("association", record | {"danger": True}, "PSP")

    assert set(draft.to[0].portions) == {"IDENTITY"}
    assert body(draft, "crip", "IDENTITY") == {"first_name": "Chloé", "approximate_age": 15}
    assert (draft.unpublished, draft.declared and draft.declared.wire()) == ({}, {"danger": True})


def test_an_arrival_of_an_end_of_a_withdrawal_and_of_an_unknown_act() -> None:
    """No answering record after an end; a withdrawal is confirmed; later acts by type."""
    end = handed("police", slip("MISSING", "search", "pol", "home-1", phase="end"), {})
    withdrawal = slip("WITHDRAW", "withdraw", "edu-s", re=(WITHDRAWN,))
    taken_back = handed("education", withdrawal, {})
    news = handed("child_welfare", slip("NEWS", "another", "crip", "psp"), {"STAT.counts": {}})

    assert (end["title"]["fr"], end["asks"]["answer_with"]) == ("Fin d’une fugue", [])
    assert end["facts"] == {"phase": "end"}
    assert taken_back["asks"]["acknowledge"] == ["withdrawn"]
    assert taken_back["answers"] == [{"issuer": "crip", "event": WITHDRAWN.jti}]
    assert (news["title"]["en"], set(news["content"])) == ("Another event", {"STAT.counts"})


if __name__ == "__main__":
    for file, made in FILES.items():
        (FOLDER / file).write_text("\n".join((*made(), "")), encoding="utf-8")
