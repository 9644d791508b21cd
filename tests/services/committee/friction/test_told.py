"""What leaves the house: protected figures alone, the same for a month in whatever report it stands."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest

from contracts.errors import UsageError
from services.committee.friction.axes import axes_of
from services.committee.friction.chart import FLOOR
from services.committee.friction.counting import MonthCount
from services.committee.friction.figures import Drawings
from services.committee.friction.fold import CaseFold
from services.committee.friction.months import begins, span
from services.committee.friction.page import page
from services.committee.friction.populations import populations
from services.committee.friction.quantiles import LADDER, MEDIAN, P90, quantile
from services.committee.friction.report import made
from services.committee.friction.told import read_report
from services.committee.friction.words import row_words
from services.suppression import ALL, protect
from tests.contracts.convention.kit import convention
from tests.services.committee.friction.synthetic import CANARY, cases_of, months_of, report
from tests.services.suppression.attacking import learnt

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)


def svgs(html: str) -> list[ET.Element]:
    """Every drawing of a page."""
    return [ET.fromstring(found) for found in SVG.findall(html)]  # noqa: S314 - our own page


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_case_is_anywhere_in_page_or_figures(lang: str) -> None:
    """Not its token, and no event's id."""
    told = report()

    for text in (page(told, lang, convention()), told.bytes().decode()):
        assert CANARY not in text
        assert "friction-0" not in text


def test_the_same_cases_give_the_same_bytes_whatever_their_order() -> None:
    """And what is read back is what was written."""
    fold = months_of("2026-06", 60, many=3)
    other = CaseFold({})
    other.cases.update(reversed(list(fold.cases.items())))
    other.spoke.update(fold.spoke)

    first, second = (made(cases_of(one), span("2026-06", "2026-07")) for one in (fold, other))

    assert first.bytes() == second.bytes()
    assert read_report(first.bytes(), "").bytes() == first.bytes()
    assert page(first, "fr", convention()) == page(second, "fr", convention())


def test_a_month_is_the_same_in_every_report_that_has_it() -> None:
    """A longer period, and more cases in later months, change nothing of earlier ones."""
    fold = months_of("2026-06", 60, many=4)
    short = made(cases_of(fold), span("2026-06", "2026-06"))
    later = {
        token: case
        for token, case in months_of("2026-09", 40, many=1, seed="later").cases.items()
        if not any(event.at < begins("2026-09") for event in case.events.values())
    }
    fold.cases.update({token: case for token, case in later.items() if not case.refused})

    long = made(cases_of(fold), span("2026-06", "2026-08"))

    assert long.months[0].realms == short.months[0].realms


def test_what_was_told_before_stays_as_it_was_told() -> None:
    """Even where the log says something else now: cases that an order has erased are not taken back."""
    fold = months_of("2026-06", 60, many=3)
    before = made(cases_of(fold), span("2026-06", "2026-07"))
    for token in list(fold.cases)[::2]:
        del fold.cases[token]

    after = made(cases_of(fold), span("2026-07", "2026-08"), [before])
    alone = made(cases_of(fold), span("2026-07", "2026-08"))

    assert after.months[0] == before.months[1]
    assert after.months[0].first == "2026-06/2026-07"
    assert alone.months[0].realms != before.months[1].realms
    assert after.months[1].realms == alone.months[1].realms
    assert "Repris tels quels d’un rapport antérieur" in page(after, "fr", convention())


def test_two_buses_are_never_in_one_table() -> None:
    """Each table is of one realm; the criminal one has no doors."""
    told = report()

    assert told.realms == ("civil", "criminal")
    for month in told.months:
        names = {realm: {table.name for table in own.tables} for realm, own in month.realms.items()}
        assert names["criminal"] < names["civil"]
        assert all(
            count in (None, 0)
            for table in month.realms["criminal"].tables
            for count in table.cells.values()
        )


def test_a_case_that_does_not_reach_ten_is_told_nowhere() -> None:
    """Nine cases: no figure above zero, no drawing, no time."""
    fold = months_of("2026-06", 9, many=1)

    told = made(cases_of(fold), span("2026-06", "2026-07"))

    counts = {
        count
        for month in told.months
        for own in month.realms.values()
        for table in own.tables
        for count in table.cells.values()
    }
    assert counts <= {None, 0}
    assert svgs(page(told, "en", convention())) == []
    assert not any(own.times for month in told.months for own in month.realms.values())


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_drawings_have_words_and_no_other_figure_than_the_tables(lang: str) -> None:
    """Every bar and dot, measured back, is a told figure; a hidden one has neither."""
    told, months = report(), len(report().months)
    figures = Drawings(told, lang, convention())
    drawn = [figures.of(realm, name) for realm in told.realms for name in told.table_names(realm)]

    html = svgs(page(told, lang, convention()))

    assert len(html) >= 6
    for root in html:
        assert root.get("role") == "img"
        assert (root[0].tag, root[1].tag) == ("title", "desc")
        assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"
    for chart in filter(None, drawn):
        root = ET.fromstring(str(chart.svg()))  # noqa: S314 - our own drawing
        bars = [
            FLOOR - float(one.get("y", "")) for one in root if one.get("class", "")[:3] == "bar"
        ]
        dots = [FLOOR - float(one.get("cy", "")) for one in root if one.tag == "circle"]
        values = [
            value
            for at in range(months)
            for line in chart.series
            if (value := line.values[at]) is not None
        ]
        assert (dots if chart.dots else bars) == pytest.approx(
            [chart.height(value) for value in values], abs=0.01
        )


@pytest.mark.parametrize(
    ("count", "median", "p90"),
    [(19, False, False), (20, True, False), (99, True, False), (100, True, True)],
)
def test_a_quantile_has_ten_cases_on_either_side_or_is_not_told(
    count: int, *, median: bool, p90: bool
) -> None:
    """As any count of those above it would be hidden; and it is a step of the ladder, no one's time."""
    seconds = [3601 + at for at in range(count)]

    told = quantile(seconds, MEDIAN), quantile(seconds, P90)

    assert tuple(one is not None for one in told) == (median, p90)
    assert {one for one in told if one is not None} <= {7200}
    assert 7200 in LADDER
    assert quantile([10**9] * 100, MEDIAN) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"report": "another"}, {"method": 1}, {"months": 7}, {"cut": "x"}, {"conventions": [1]},
        {"months": [{"month": "2026-06"}]},
    ],
)  # fmt: skip
def test_a_file_that_is_no_report_is_refused_with_its_name(changed: dict[str, Any]) -> None:
    """Another form, another method, negative counts, too many bytes."""
    sound = orjson.loads(made(cases_of(CaseFold({})), ("2026-06",)).bytes())
    for data in (orjson.dumps(sound | changed), b"{", b"[]", b"x" * (17 << 20)):
        with pytest.raises(UsageError) as caught:
            read_report(data, "friction-x.json")
        assert (caught.value.code, caught.value.place) == ("report_malformed", "friction-x.json")
    sound["months"][0]["realms"]["civil"]["tables"][0]["cells"][0][-1] = -1
    with pytest.raises(UsageError):
        read_report(orjson.dumps(sound), "")


def test_the_page_says_how_it_was_made_and_by_what_it_is_made_again() -> None:
    """Position, digests, thresholds, cells hidden, command; the convention's version on the axis."""
    told = report()
    html = page(told, "en", convention())

    for word in (
        convention().digest, "x" * 43, "relais report friction --from 2026-06 --to 2027-01",
        "1 to 9 files", "fewer than 3 sending roles", "14 days after its end", "version 1",
    ):  # fmt: skip
        assert word in html
    assert told.hidden > 0
    assert f"{told.hidden:,} of {told.cells:,} cells are not told" in html
    assert 'href="#not-told"' in html
    assert html.count('id="not-told"') == 1
    assert html.count('lang="en"') == 1


def test_the_first_sheet_says_what_the_tables_tell_and_nothing_of_what_they_hide() -> None:
    """The last month's counts and shares; a line of which nothing is told is not there."""
    told = report()
    last, html = told.months[-1], page(told, "en", convention())
    summary = html.partition('<table class="headlines">')[2].partition("</table>")[0]

    expected = {"Files with a refusal": last.count("civil", "refused_reason", ALL, ALL)}
    for row in told.rows("civil", "overdue")[0]:
        words = f"Files with something overdue: {row_words('overdue', row, 'en', convention())}"
        expected[words] = last.count("civil", "overdue", row, ALL)
    shares = [last.share("civil", "law", row, "kept") for row in told.rows("civil", "law")[0]]

    shown = {words: f"{words}</th><td>{count}</td>" in summary for words, count in expected.items()}
    assert shown == {words: count is not None for words, count in expected.items()}
    assert any(shown.values())
    assert any(value is not None for value in shares)
    assert all(f"<td>{value}%</td>" in summary for value in shares if value is not None)
    assert summary.count(": in time</th>") == sum(value is not None for value in shares)


def test_a_drawing_that_shows_a_part_is_named_after_that_part() -> None:
    """Where `not corrected` may not be told, nobody takes `corrected` for all refusals."""
    drawings = Drawings(report(), "en", convention())

    for table in ("law", "refused_reason"):
        drawn = drawings.of("civil", table)
        assert drawn is not None
        assert drawn.title.endswith(": " + "; ".join(line.name for line in drawn.series))


def test_no_reader_of_a_month_learns_a_small_number() -> None:
    """The public, and each role and desk with what it sent and received, solve for every hidden cell."""
    fold, month = months_of("2026-06", 120, many=5), "2026-09"
    count = MonthCount(month, fold.spoke)
    for token, case in fold.cases.items():
        count.take(token, case)
    desks = {role: sorted(urns) for role, urns in count.desks.items()}
    asked = populations(axes_of("civil", [convention()]), desks, tried=False)
    counted = [one.of(count.of(one.name)) for one in asked]

    told = protect(counted)

    assert [learnt(population, [told]) for population in counted] == [[]] * len(counted)
    assert told.hidden() > 0
