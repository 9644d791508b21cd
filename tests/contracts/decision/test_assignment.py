"""Assignment (rules §11), clause by clause, worked out by hand."""

from __future__ import annotations

import pytest

from contracts.decision.desk_ends import NO_ENDS
from contracts.decision.state.state import Case, State
from contracts.decision.state.view import View
from contracts.vocabulary.schema import desk_urn
from tests.contracts.decision.asking import SUB, desk_of, jti
from tests.contracts.decision.playing import ACTS, MONDAY, Played, prepared

ROWS = {
    "R01": {"EDU-S", "CRIP"}, "R02": {"EDU-H", "CRIP"}, "R03": {"PMI", "CRIP"},
    "R04": {"PSP", "CRIP"}, "R05": {"ASSO", "CRIP"}, "R06": set(), "R07": {"POL", "CRIP"},
    "R08": {"EDU-H", "PARQ-CIV"}, "R09": {"EDU-S", "PARQ-CIV"}, "R10": {"ASSO", "PARQ-CIV"},
    "R11": {"EDU-S", "CRIP"}, "R12": {"CRIP", "PARQ-CIV"}, "R13": {"CRIP", "ASE"}, "R14": {"CRIP"},
    "R15": {"CRIP", "PMI"}, "R16": set(), "R17": set(), "R18": set(), "R19": {"CRIP", "ASSO"},
    "R20": set(), "R21": set(), "R22": {"CRIP", "PARQ-CIV"}, "R23": {"PARQ-CIV", "JE"},
    "R24": set(), "R25": {"PARQ-CIV", "HOME"}, "R25 R25.ase": {"PARQ-CIV", "HOME", "ASE"},
    "R26": {"JE", "MO"}, "R26.home R26.ase": {"JE", "HOME", "ASE"}, "R27": {"JE", "PJJ"},
    "R28": set(), "R29": {"ASE", "MO"}, "R30": {"ASE", "ASSO"}, "R31": set(), "R32": set(),
    "R33": set(), "R34 R34.parq": set(), "R35": set(), "R36": set(), "R37": set(), "R38": set(),
    "R40": set(), "R42": set(), "R43": set(),
}  # fmt: skip


@pytest.mark.parametrize("clauses", ROWS)
def test_a_release_assigns_whom_the_page_says(clauses: str) -> None:
    """Each holds a desk by its own event; nobody else is assigned."""
    played = prepared(clauses, MONDAY)

    number = played.act(MONDAY, *clauses.split(), re=(5,) if clauses == "R11" else ())

    held = {urn for urn, by in played.case.assigned if by == jti(number)}
    assert held == {desk_urn(played.realm, desk_of(role)) for role in ROWS[clauses]}


@pytest.mark.parametrize("clause", ["R01", "R08", "R13", "R25", "R26", "R27", "R29"])
def test_what_is_withheld_assigns_nobody(clause: str) -> None:
    """A refused event changes nothing of the case."""
    played = Played()
    _, _, purpose, recipient, _, _ = ACTS[clause]
    to = [{"role": recipient, "purpose": purpose, "scopes": ("HEALTH",)}]

    played.say(MONDAY, *ACTS[clause][:2], to)

    assert played.refused
    assert played.case == Case()


@pytest.mark.parametrize(
    ("clause", "left"),
    [
        ("R25", {"PARQ-CIV"}), ("R25.ase", {"PARQ-CIV"}), ("R26", {"JE"}), ("R26.home", {"JE"}),
        ("R27", {"JE"}), ("R29", set()), ("R30", set()),
    ],
)  # fmt: skip
def test_an_end_unassigns_who_carried_the_measure_out(clause: str, left: set[str]) -> None:
    """HOME, MO, PJJ, ASSO or ASE; never the magistrates."""
    played = Played()
    opening = played.act(MONDAY, clause)

    played.act(MONDAY + 1, clause, phase="end", ends=(played.ref(opening),) * 2)

    assert played.assigned() == left


@pytest.mark.parametrize(("opening", "ending"), [("R25", "R26.home"), ("R26.home", "R25")])
def test_the_judge_and_the_parquet_end_each_others_placements(opening: str, ending: str) -> None:
    """Either magistrate's order."""
    played = Played()
    number = played.act(MONDAY, opening)

    played.act(MONDAY + 1, ending, phase="end", ends=(played.ref(number),))

    assert "HOME" not in played.assigned()


def test_of_two_events_that_hold_a_desk_ending_one_leaves_the_other() -> None:
    """The home stays assigned by the judge's order."""
    played = Played()
    first = played.act(MONDAY, "R25")
    played.act(MONDAY, "R26.home")

    played.act(MONDAY + 1, "R25", phase="end", ends=(played.ref(first),))

    assert "HOME" in played.assigned()


@pytest.mark.parametrize("clause", ["R29", "R26", "R25"])
def test_nobody_ends_what_another_opened(clause: str) -> None:
    """The ASE names the judge's measure, the judge the ASE's: refused, and nobody is unassigned."""
    played = Played()
    opening = played.act(MONDAY, clause)
    before = played.assigned()
    other = "R26" if clause == "R29" else "R29"

    played.act(MONDAY + 1, other, phase="end", ends=(played.ref(opening),))

    assert played.reasons == [("ends_not_own",)]
    assert played.assigned() == before


def test_a_claimed_issuer_does_not_make_it_ones_own() -> None:
    """`ends` with one's own name on another's event."""
    played = Played()
    measure = played.act(MONDAY, "R26")

    false = {"iss": played.urn("ASE"), "jti": jti(measure)}
    played.act(MONDAY + 1, "R29", phase="end", ends=(false,))

    assert played.reasons == [("ends_not_own",)]


def test_an_end_that_names_no_opening_unassigns_nobody() -> None:
    """An alert, an instruction, an unknown event: nothing of them is a measure."""
    played = Played()
    played.act(MONDAY, "R25")
    order = played.act(MONDAY, "R22")
    before = played.assigned()

    for number in (order, 99):
        played.issuers.setdefault(99, "PARQ-CIV")
        played.act(MONDAY + 1, "R25", phase="end", ends=(played.ref(number),))

    assert played.assigned() >= before


def test_a_link_merges_no_assignments() -> None:
    """Two children's files, one date."""
    peer, home = "B" * 43, desk_urn("civil", "home")
    other = Case(assigned={(home, jti(900))})
    played = Played(view=View(State(cases={peer: other})))
    played.act(MONDAY, "R01")

    played.link(MONDAY, peer, "2026-09-01")

    assert played.assigned() == {"EDU-S", "CRIP"}
    assert NO_ENDS.takes_part(home, played.view.case(SUB)) is False


def test_who_was_assigned_by_a_withdrawn_event_stays() -> None:
    """WITHDRAW leaves assignments."""
    played = Played()
    alert = played.act(MONDAY, "R01")

    played.withdraw(MONDAY + 1, alert, "CRIP")

    assert played.assigned() == {"EDU-S", "CRIP"}
