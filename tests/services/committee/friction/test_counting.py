"""What counts in which month: each case once, as the log knew it a fortnight after the month's end."""

from __future__ import annotations

import pytest

from contracts.decision.heirs_in_time import HeirsInTime
from contracts.errors import UsageError
from services.committee.friction.case_facts import (
    CANCELLED,
    KEPT,
    LATE,
    OPEN,
    CaseFacts,
    CountedDuty,
    CountedEvent,
    DeliveredTo,
    RefusedSending,
)
from services.committee.friction.counting import MonthCount, cut_of
from services.committee.friction.months import DAY_S, begins, month_of, span

MONTH = "2026-10"
START, END, CUT = begins(MONTH), begins("2026-11"), cut_of(MONTH)
HOUR = 3600


def counted(case: CaseFacts, **spoke: list[int]) -> dict[str, list[dict[str, str]]]:
    """Population -> the places of the one case."""
    count = MonthCount(MONTH, spoke)
    count.take("token", case)
    return {name: [dict(unit.at) for unit in units] for name, units in count.units.items()}


def duty(*changes: tuple[int, str, int], act: str = "R39:final", legal: bool = True) -> CaseFacts:
    """A case in which one duty is owed."""
    return CaseFacts(
        duties={"d": CountedDuty(act, "CRIP", "crip", "EDU-S", "edu-s", legal, list(changes))}
    )


def alert(at: int, role: str = "CRIP", agency: str = "education") -> CountedEvent:
    """An alert that arrived."""
    to = (DeliveredTo(role.lower(), role, "assess", ()),)
    return CountedEvent(at, at, "EDU-S", agency, "edu-s", "IP", to)


@pytest.mark.parametrize(
    ("changes", "became"),
    [
        ([(START, OPEN, START + DAY_S), (START + HOUR, KEPT, START + DAY_S)], "kept"),
        ([(START, OPEN, START + DAY_S), (CUT, LATE, START + DAY_S)], "late"),
        ([(START, OPEN, START + DAY_S), (CUT + 1, LATE, START + DAY_S)], "silent"),
        ([(START, OPEN, START + DAY_S)], "silent"),
        ([(START, OPEN, START + DAY_S), (START, CANCELLED, START + DAY_S)], ""),
        ([(START, OPEN, END)], ""),
        ([(START - DAY_S, OPEN, START - 1)], ""),
        ([(START, OPEN, END + DAY_S), (START + 1, OPEN, START + DAY_S)], "silent"),
        ([(START, OPEN, START + 1), (START + 2, KEPT, START + 1), (START + 3, OPEN, START + 1)], "silent"),
    ],
)  # fmt: skip
def test_what_was_due_in_the_month_is_kept_late_or_silent(
    changes: list[tuple[int, str, int]], became: str
) -> None:
    """By the instant at which it is told: moved, reopened and cancelled duties too."""
    told = counted(duty(*changes)).get("law", [])

    assert [place["answer"] for place in told] == ([became] if became else [])


def test_the_worst_of_several_counts_and_receipts_are_no_terms_of_the_law() -> None:
    """Two feedbacks of one case are one case; an acknowledgement is owed by the convention alone."""
    case = duty((START, OPEN, START + 9), (START + 1, KEPT, START + 9))
    late = [(START, OPEN, START + 9), (START + 99, LATE, START + 9)]
    case.duties["e"] = CountedDuty(
        "R39:final", "CRIP", "crip", "EDU-S", "edu-s", legal=True, changes=late
    )
    case.duties["f"] = CountedDuty(
        "ACK:received", "CRIP", "crip", "EDU-S", "edu-s", legal=False, changes=late
    )

    told = counted(case)

    assert told["law"] == [{"act": "R39:final", "issuer": "EDU-S", "answer": "late"}]
    assert told["receipts"] == [{"debtor": "CRIP", "answer": "late"}]


@pytest.mark.parametrize(
    ("spoke", "column"),
    [
        ([START], "answering"),
        ([END - 1], "answering"),
        ([START - 1, END], "silent"),
        ([], "silent"),
    ],
)
def test_whoever_owes_something_and_published_nothing_all_month_is_silent(
    spoke: list[int], column: str
) -> None:
    """What a desk published the second before or after the month does not count."""
    told = counted(duty((START, OPEN, END - 1)), crip=spoke)["overdue"]

    assert told == [{"debtor": "CRIP", "spoke": column}]
    assert "overdue" not in counted(duty((START, OPEN, END)), crip=spoke)


@pytest.mark.parametrize(
    ("order_at", "spoke", "column"),
    [
        (START + 9, {"nord": [END - 1]}, "answering"),
        (START + 9, {"crip": [START]}, "answering"),
        (START - 9, {"crip": [START]}, "silent"),
        (END + 1, {"nord": [END - 1]}, "silent"),
        (END + 1, {"crip": [END - 1]}, "answering"),
    ],
)
def test_silent_is_who_owed_it_in_the_month_and_not_who_has_ended(
    order_at: int, spoke: dict[str, list[int]], column: str
) -> None:
    """Its heir, from the order on; an order after the month changes nothing of what was."""
    count = MonthCount(MONTH, spoke, following(order_at))

    count.take("token", duty((START, OPEN, END - 1)))

    (unit,) = count.units["overdue"]
    assert unit.at == {"debtor": "CRIP", "spoke": column}


@pytest.mark.parametrize(("order_at", "knows"), [(START, True), (CUT, True), (CUT + 1, False)])
def test_what_a_desk_that_ended_knows_its_heir_knows(order_at: int, knows: bool) -> None:
    """Of what is owed and of what was sent: else a table would tell it nothing of what it can take away."""
    count = MonthCount(MONTH, {}, following(order_at))
    case = duty((START, OPEN, END - 1))
    case.events["e"] = alert(START + HOUR)

    count.take("token", case)

    acts = next(name for name in count.units if name.startswith("acts "))
    for name in ("law", "overdue", acts):
        (unit,) = count.units[name]
        assert ("nord" in unit.known_to) is knows, name
        assert "crip" in unit.known_to, name


def following(at: int) -> HeirsInTime:
    """An order by which `nord` follows `crip`."""
    heirs = HeirsInTime()
    heirs.take(at, {"k": "succession", "desk": "crip", "heirs": ["nord"], "until": at + DAY_S})
    return heirs


@pytest.mark.parametrize(
    ("sent", "corrected"),
    [
        (alert(START + HOUR), "corrected"),
        (alert(START + 14 * DAY_S), "corrected"),
        (alert(START + 14 * DAY_S + 1), "not_corrected"),
        (alert(START), "not_corrected"),
        (alert(START + HOUR, role="POL"), "not_corrected"),
        (alert(START + HOUR, agency="police"), "not_corrected"),
    ],
)
def test_a_refusal_is_corrected_by_the_same_institution_at_a_right_door_within_a_fortnight(
    sent: CountedEvent, corrected: str
) -> None:
    """Not by another's sending, not elsewhere, not later."""
    refused = RefusedSending(START, "EDU-S", "education", "", "no_clause", ("CRIP",))
    again = refused._replace(at=START + 5, reason="no_call")

    told = counted(CaseFacts(events={"e": sent}, refused=[refused, again]))["refused"]

    assert told == [
        {"reason": "no_clause", "clause": "none", "right_door": "CRIP", "corrected": corrected}
    ]


def test_each_desk_of_a_role_reads_what_its_role_is_told() -> None:
    """Both desks of the schools that a duty was opened by are readers; the one CRIP is its role."""
    first, second = duty((START, OPEN, START + 9)), duty((START, OPEN, START + 9))
    second.duties["d"].by = "edu-s-2"
    count = MonthCount(MONTH, {})

    for token, case in (("first", first), ("second", second)):
        count.take(token, case)

    known = [unit.known_to for unit in count.of("law")]
    assert known == [{"CRIP", "EDU-S", "edu-s"}, {"CRIP", "EDU-S", "edu-s-2"}]
    assert known == [unit.known_to for unit in count.of("overdue")]


def test_times_run_from_the_senders_clock_and_from_the_acknowledgement() -> None:
    """In the month in which the answer came, whenever the alert was sent."""
    event = alert(START - 3 * DAY_S)
    event.acknowledged["CRIP"], event.answered["CRIP"] = START - HOUR, START + HOUR
    count = MonthCount(MONTH, {})

    count.take("token", CaseFacts(events={"e": event}))

    assert count.seconds == {("answered", "CRIP"): {"token": 2 * HOUR}}
    assert "acknowledged" not in count.units
    assert "acts" not in count.units


def test_what_the_announced_convention_changes_counts_once_by_the_gravest() -> None:
    """A case of which one event would be refused and nine would be alike is one refused case."""
    judged = [(START + at, "same", "EDU-S") for at in range(9)] + [(START + 9, "refused", "EDU-S")]

    told = counted(CaseFacts(judged=[*judged, (END, "less", "EDU-S")]))["announced"]

    assert told == [{"change": "refused"}]


def test_months_begin_at_midnight_in_paris() -> None:
    """In summer and in winter; and a period is told or refused with the reason."""
    assert month_of(1_790_805_599) == "2026-09"  # 2026-09-30 23:59:59 in Paris
    assert begins("2026-10") == 1_790_805_600
    assert begins("2026-01") == 1_767_222_000
    assert span("2026-11", "2027-01") == ("2026-11", "2026-12", "2027-01")
    for first, last, code in (
        ("2026-13", "2027-01", "month_malformed"),
        ("2026-1", "2026-02", "month_malformed"),
        ("2026-02", "2026-01", "period_malformed"),
        ("2026-01", "2029-01", "period_malformed"),
    ):
        with pytest.raises(UsageError) as caught:
            span(first, last)
        assert caught.value.code == code
