"""Published figures: what they are, and what nobody learns from them.

The attack is by HiGHS: whole numbers that fit every table of every edition, what the convention
makes equal in them, and the attacker's own contributions. The method of before, plain random
rounding, falls to it; so does the report of before, which showed sums that were not rounded. How
many cells a table has is no matter: a figure bounds no count from above, so that whatever fits all
figures still fits them with one more situation of somebody else's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

import highspy
import pytest

from contracts.errors import UsageError
from services.committee.report.published import Cell, Edition, publish, read, rounded, year_of

KEY = b"secret".ljust(32)
NINE = 9  # possible values of a small count
SMALL = 4
MOST = 400  # of any count here
CELL: Cell = ("meetings", "EDU-S", "CRIP", "R01", "")
# Quarter, from desk, to desk, clause and how it was answered -> situations.
Sent = Counter[tuple[int, str, str, str, str]]
Bounds = Callable[[int], tuple[float, float]]  # figure -> least and greatest count behind it


def own_bounds(shown: int) -> tuple[float, float]:
    """Of the method in use: a figure at most doubles what was rounded, and may hide any number."""
    tens = (shown // 10 + 1) // 2
    return max(0, 10 * tens - 9), highspy.kHighsInf


def plain_bounds(shown: int) -> tuple[float, float]:
    """Of random rounding to the ten below or above, as most offices do it."""
    return max(0, shown - 9), shown + 9


def chances(count: int) -> dict[int, float]:
    """Figure -> how likely it is for a count, worked out from the method's description."""
    found: dict[int, float] = defaultdict(float)
    for draw in range(10):
        tens = (count + draw) // 10
        found[10 * tens] += 0.06
        for step in range(1, 12):
            chance = 0.1 * 0.6 * 0.25**step
            for way in (step, -step):
                found[10 * (tens + way if step <= tens else tens)] += chance
    return found


def test_a_count_has_one_figure_and_zero_is_zero() -> None:
    """Counted again, the same; another quarter or key, another draw."""
    figures = {rounded(25, KEY, f"{year}-1", CELL) for year in range(1000, 1100)}

    assert rounded(25, KEY, "2026-1", CELL) == rounded(25, KEY, "2026-1", CELL)
    assert figures >= {10, 20, 30, 40}
    assert all(rounded(0, bytes([n]) * 32, "2026-1", CELL) == 0 for n in range(200))


@pytest.mark.parametrize("count", [1, 4, 10, 17, 33, 240])
def test_figures_are_as_the_page_says(count: int) -> None:
    """Unbiased tens; three of four within 10, nine of ten within 20; as `chances` has it."""
    drawn = [rounded(count, KEY, str(n), CELL) for n in range(8_000)]
    expected = chances(count)

    assert all(n % 10 == 0 <= n for n in drawn)
    assert sum(drawn) / len(drawn) == pytest.approx(count, abs=0.6)
    assert sum(abs(n - count) <= 10 for n in drawn) / len(drawn) > 0.74
    assert sum(abs(n - count) <= 20 for n in drawn) / len(drawn) > 0.92
    for shown, times in Counter(drawn).items():
        assert own_bounds(shown)[0] <= count
        assert times / len(drawn) == pytest.approx(expected[shown], abs=0.02)


def test_nine_values_of_a_small_count_stay_likely_too() -> None:
    """Whatever somebody knows of her own, by each figure: none six times likelier than another."""
    known = [chances(count) for count in range(120)]
    for own in range(60):
        for others in range(SMALL + 1):
            for shown in known[own + others]:
                if known[own + others][shown] > 0.001:
                    likely = [known[own + n].get(shown, 0) for n in range(40)]
                    assert sum(each * 6 >= max(likely) for each in likely) >= NINE


def counts(sent: Sent, quarter: int, role: str, but: Callable[[str, str], bool]) -> dict[Cell, int]:
    """Cells of a quarter and of a role that sends (empty: all), of what is not left out.

    Each situation is answered in time, late or not at all, and a meeting follows or not: two more
    tables that the convention ties to the first.
    """
    found: Counter[Cell] = Counter()
    for (at, sender, to, clause, how), n in sent.items():
        if at == quarter and sender.startswith(role) and not but(sender, to):
            roles = sender[0], to[0]
            found["meetings", *roles, clause, ""] += n
            found["replies", *roles, "", how] += n
            found["followed", roles[0], "", "alert", "yes" if how == "kept" else "no"] += n
    return found


def made_up(seed: int, roles: str = "ABC", sendings: int = 12, quarters: int = 3) -> Sent:
    """Roles of one to three desks; some send much, most little."""
    draw, found = Random(seed), Sent()
    desks = [f"{role}{n}" for role in roles for n in range(draw.randrange(1, 4))]
    for quarter in range(quarters):
        for _each in range(sendings):
            sender, to = draw.choice(desks), draw.choice(desks)
            clause, how = draw.choice(("R01", "R02")), draw.choice(("kept", "late", "silent"))
            if sender[0] != to[0]:
                found[quarter, sender, to, clause, how] += draw.choice((1, 1, 2, 2, 4, 7, 23))
    return found


def attacked(sent: Sent, own: Callable[[str, str], bool], bounds: Bounds, publisher: str) -> int:
    """The fewest values that some count of 0 to 4 of all others may have, told by HiGHS.

    Nothing ties what two roles send, so the cells of each are a problem of their own; its ties are
    those of a network, so its ends are whole numbers.
    """
    fewest = MOST
    for quarter, role in {(at, sender[0]) for at, sender, *_rest in sent}:
        whole = counts(sent, quarter, role, lambda *_who: False)
        others = counts(sent, quarter, role, own)
        model: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        column: dict[Cell, int] = {}
        model.silent()
        for cell in whole:
            column[cell] = len(column)
            shown = figure(whole[cell], quarter, cell, publisher)
            low, high = bounds(shown)
            mine = whole[cell] - others.get(cell, 0)
            model.addVar(max(0, low - mine), min(MOST, high - mine))
        for tied in ties(whole):
            signs = [*tied.values()]
            model.addRow(0.0, 0.0, len(tied), [column[cell] for cell in tied], signs)
        small = [cell for cell in whole if others.get(cell, 0) <= SMALL]
        fewest = min([fewest, *(width(model, column[cell]) for cell in small)])
    return fewest


def figure(count: int, quarter: int, cell: Cell, publisher: str) -> int:
    """What is published of a count."""
    if publisher.startswith("plain"):
        return 10 * ((count + Random(f"{publisher} {quarter} {cell}").randrange(10)) // 10)
    return rounded(count, publisher.encode(), str(quarter), cell)


def ties(cells: Iterable[Cell]) -> Iterator[dict[Cell, float]]:
    """A pair's answers are as many as its sendings, a role's too: of all, hence of all others."""
    for pair in {cell[1:3] for cell in cells}:
        of = [cell for cell in cells if cell[0] == "meetings" and pair[1] in (cell[2], "")]
        yield dict.fromkeys(of, 1.0) | {
            cell: -1.0 for cell in cells if cell[0] != "meetings" and cell[1:3] == pair
        }


def width(model: Any, column: int) -> int:
    """How many values a count may have, no more than nine and one."""
    ends: list[int] = []
    for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
        model.changeColCost(column, 1.0)
        model.changeObjectiveSense(sense)
        model.run()
        assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        ends.append(round(model.getInfo().objective_function_value))
    model.changeColCost(column, 0.0)
    return ends[1] - ends[0] + 1


def attackers(sent: Sent) -> Iterator[Callable[[str, str], bool]]:
    """Each desk and each role: what it sent and what it was sent."""
    desks = {desk for _at, sender, to, *_rest in sent for desk in (sender, to)}
    for who in sorted(desks | {desk[0] for desk in desks}):
        yield lambda sender, to, who=who: who in (sender, sender[0], to, to[0])  # type: ignore[misc]


# The last has over seventy cells a table.
@pytest.mark.parametrize(
    ("key", "sent"),
    [*enumerate(map(made_up, range(6))), (12, made_up(12, "ABCDEFGHIJKLMN", 100, 1))],
)
def test_a_small_count_has_nine_values_or_more_for_every_desk_and_role(
    key: int, sent: Sent
) -> None:
    """Over all tables and editions at once, with all that it sent and was sent known to it."""
    assert all(attacked(sent, own, own_bounds, f"key {key}") >= NINE for own in attackers(sent))


def test_the_sums_that_broke_the_report_of_before_break_nothing() -> None:
    """42 and 48 shown: six by all others; a sender who knows her own two knew of the other four."""
    sent = Sent({
        (0, "A0", "B0", "R01", "kept"): 42, (0, "C0", "B0", "R01", "kept"): 2,
        (0, "C1", "B0", "R01", "kept"): 4,
    })  # fmt: skip

    def own(sender: str, _to: str) -> bool:
        return sender == "C0"

    assert all(attacked(sent, own, own_bounds, f"key {key}") >= NINE for key in range(20))
    assert any(attacked(sent, own, plain_bounds, f"plain {key}") < NINE for key in range(20))
    editions = [publish(each, "", counts(sent, 0, "", lambda *_who: False), KEY) for each in "1234"]
    assert all(n % 10 == 0 < n for each in editions for n in each.figures.values())
    assert year_of(editions) == sum((Counter(each.figures) for each in editions), Counter())


def test_an_edition_is_read_back_as_it_was_written() -> None:
    """And another form, or another method of rounding, is told."""
    edition = publish("2026-1", "digest", {CELL: 40}, KEY)
    text = edition.csv()

    assert read(text, "it") == edition == Edition("2026-1", "digest", edition.figures)
    for wrong in ("", "quarter\n", text.replace("method,1", "method,2"), text.replace(",", ";")):
        with pytest.raises(UsageError, match="edition_malformed"):
            read(wrong, "it")
