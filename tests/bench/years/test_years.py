"""The modelled years: planned from a seed alone, in the shares that were asked for, and a true log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import sqrt
from pathlib import Path

import pytest

from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from tests.bench.years import model
from tests.bench.years.model import Model, Step
from tests.bench.years.parties import REALM, control, convention
from tests.bench.years.publishing import Publishing
from tests.bench.years.replaying import replayed
from tests.bench.years.writing import Writing, file_of, rows

PARTITION = 3
SITUATIONS = 2_700
SIGMAS = 4.0  # of what chance alone does to a share: one run in 16,000 lies beyond


def modelled(days: int, seed: str = "years") -> Model:
    """Some first working days."""
    return Model(seed, convention().calendar, days)


def written(folder: Path, chosen: Model, *, drawn: bool = True, routed: bool = False) -> bytes:
    """A partition's first year, as its file has it."""
    folder.mkdir(exist_ok=True)
    publishing = Publishing(chosen, control(chosen.last_day).registry, PARTITION, drawn=drawn)
    for _ in Writing(folder, publishing, routed=routed).years():
        pass
    return file_of(folder, PARTITION, 0).read_bytes()


def test_the_same_seed_gives_the_same_log(tmp_path: Path) -> None:
    """Byte for byte; another seed gives another."""
    first = written(tmp_path / "first", modelled(10))

    assert written(tmp_path / "again", modelled(10)) == first
    assert written(tmp_path / "other", modelled(10, "another")) != first


def test_years_begin_alike(tmp_path: Path) -> None:
    """What is planned for the first days does not depend on how many follow."""
    short, long = ([modelled(days).life(number) for number in range(100)] for days in (10, 30))

    assert short == long


def test_what_is_settled_straight_away_is_what_a_router_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of sealed events with every flaw among them: the same records, evidence and signatures."""
    for name in ("TWICE", "SPOILT", "ATTEMPTED", "WITHDRAWN", "LINKED"):
        monkeypatch.setattr(model, name, 0.3)
    chosen = modelled(10, "with flaws")

    settled = written(tmp_path / "settled", chosen, drawn=False)

    assert settled == written(tmp_path / "routed", chosen, drawn=False, routed=True)
    for code in (b'"code":"not_json"', b'"code":"expired"', b'"kind":"duplicate"', b'"attempt"'):
        assert code in settled


def test_the_log_of_drawn_events_replays_clean(tmp_path: Path) -> None:
    """An auditor decides each again: nothing is refused but what no clause lets through."""
    chosen = modelled(30)
    written(tmp_path, chosen)
    replayer = Replayer(REALM, PARTITION, control(chosen.last_day).registry)
    found: list[AuditFinding] = []
    last = 0
    for row in rows(file_of(tmp_path, PARTITION, 0)):
        found += replayer.step(row.value, row.headers, row.evidence)
        last = max(last, replayer.tally.records)
    tally = replayer.tally

    assert [one for one in found if one.code != "quarantined"] == []
    assert tally.unaudited == tally.withheld == 0
    assert {"genesis", "adopted", "decided", "overdue"} <= tally.kinds.keys()
    assert 0 <= tally.refused <= len(attempts(chosen)) + 1


def attempts(chosen: Model) -> list[Step]:
    """What the model has published without a clause for it."""
    every = (step for number in range(chosen.situations) for step in chosen.life(number))
    return [step for step in every if step.flaw == "attempt"]


def is_evaluated(life: Iterable[Step]) -> bool:
    """Whether the CRIP asks for an evaluation."""
    return any(step.etype == "EVALREQ" and step.to[0].purpose == "evaluate" for step in life)


def is_reported(life: Iterable[Step]) -> bool:
    """Whether it reaches the prosecutor as a report."""
    return any(step.etype == "SIG" and step.to[0].desk == "parq-civ-1" for step in life)


@pytest.mark.parametrize(
    ("counts", "share"), [(is_evaluated, model.EVALUATED), (is_reported, model.REPORTED)]
)
def test_shares_are_those_of_the_issue(
    counts: Callable[[Iterable[Step]], bool], share: float
) -> None:
    """Within what chance does to so many situations."""
    chosen = modelled(SITUATIONS // model.A_DAY)

    found = sum(counts(chosen.life(number)) for number in range(SITUATIONS)) / SITUATIONS

    assert abs(found - share) <= SIGMAS * sqrt(share * (1 - share) / SITUATIONS)


def test_each_step_answers_earlier_ones() -> None:
    """Whatever chance did to delays; and nobody works before the day begins."""
    chosen = modelled(40)
    for number in range(chosen.situations):
        life = chosen.life(number)
        for place, step in enumerate(life):
            named = [at for one in step.to for at in one.re] + list(step.ends)
            assert all(at < place for at in named)
            assert place == 0 or step.at >= life[place - 1].at
            assert chosen.calendar.is_working(chosen.calendar.date_of(step.at))


def test_a_replay_of_its_files_tells_what_each_year_cost(tmp_path: Path) -> None:
    """With states in stores: all records, and no alarm but of what was spoilt on its way."""
    chosen = modelled(10)
    written(tmp_path, chosen)

    (year,) = replayed(tmp_path, 10, [PARTITION])

    assert year["records"] == sum(1 for _ in rows(file_of(tmp_path, PARTITION, 0)))
    assert year["alarms"] == year["unaudited"] == 0
    assert 0 < year["own"] <= year["highest"]
    assert year["disk"] > 0
