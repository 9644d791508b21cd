"""Duties that one event makes the same desk owe by the same act: the bus opens the first alone."""

from __future__ import annotations

from tests.contracts.convention.amended import of, refusal

# R29 and R46 are both orders of the ASE: one event may go to MO by the one and to HOME by the
# other.
STARTED = "      - {act: ACK:started, debtor: recipient, creditor: issuer, within: 10wd}\n"
ANSWERED = (
    "      - {act: ACK:accepted|declined, debtor: recipient, creditor: issuer, within: 1wd}\n"
)


def owing(
    clause: str, debtor: str, creditor: str, act: str = "R42", within: str = "1wd"
) -> tuple[str, str, str]:
    """One more duty of R29 or R46."""
    duty = f"      - {{act: {act}, debtor: {debtor}, creditor: {creditor}, within: {within}}}\n"
    first = STARTED if clause == "R29" else ANSWERED
    return first, first + duty, clause


def hidden(*edits: tuple[str, str, str]) -> tuple[str, ...]:
    """The facts with which a file is refused: grant, act, debtor."""
    error = refusal(*edits)
    assert error.code == "duty_hidden"
    return error.facts


def test_what_two_clauses_make_the_issuer_owe_to_different_creditors_is_refused() -> None:
    """One event may go to both clauses' recipients: PMI would never be owed anything."""
    edits = owing("R29", "issuer", "CRIP"), owing("R46", "issuer", "PMI")

    assert hidden(*edits) == ("R46", "R42", "ASE")


def test_the_issuers_own_role_by_its_name_is_the_issuer() -> None:
    """`issuer` and the role that it stands for may be the same desk."""
    edits = owing("R29", "issuer", "CRIP"), owing("R46", "ASE", "PMI")

    assert hidden(*edits) == ("R46", "R42", "ASE")


def test_a_role_by_its_name_may_be_another_clauses_recipient() -> None:
    """The MO that R46 names is the one that R29 is addressed to, if one event goes by both."""
    assert hidden(owing("R46", "MO", "ASE", "R31")) == ("R29", "R31", "MO")


def test_what_is_owed_to_each_of_several_recipients_is_refused() -> None:
    """The second recipient's duty would have the id of the first one's."""
    more = ("recipients: [HOME]", "recipients: [HOME, PMI]", "R46")

    assert hidden(owing("R46", "issuer", "recipient"), more) == ("R46", "R42", "ASE")


def test_the_same_duty_of_two_clauses_is_one_duty() -> None:
    """As R25 has it for both of its recipients: nothing is lost."""
    assert of(owing("R29", "issuer", "CRIP"), owing("R46", "issuer", "CRIP")).version == 2


def test_recipients_of_two_clauses_may_owe_by_different_dates() -> None:
    """A desk is addressed once an event: ASSO answers R19 in two days and R30 in three."""
    assert of(("within: 2wd", "within: 3wd", "R30")).version == 2


def test_recipients_of_one_clause_may_owe_by_different_dates() -> None:
    """As R26 has it: each role its own duty."""
    received = "      - {act: ACK:received, debtor: recipient, creditor: issuer, within: "
    both = f"{received}1wd, recipients: [ASE, HOME]}}\n"
    each = f"{received}1wd, recipients: [ASE]}}\n{received}2wd, recipients: [HOME]}}\n"

    assert of((both, each, "R26")).version == 2
