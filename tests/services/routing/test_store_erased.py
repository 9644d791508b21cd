"""What a store has erased is not in its file any more, and all else is."""

from __future__ import annotations

from pathlib import Path

from contracts.decision.state.state import Duty
from contracts.decision.state.view import View
from services.platform.ports import Ports, given
from services.routing.store import Reach, StateStore
from tests.contracts.decision.state.tables import whole

CASES = [f"case-token-{number:04}-of-the-test" for number in range(400)]
ERASED = CASES[137]


def duty(token: str, due: int) -> Duty:
    """A duty of a case, which an agenda has under its token."""
    return Duty(
        f"duty of {token}", token, "issuer", ("R18",), (), False, "debtor", "creditor", due, True,
        False, "received", "P3M", "", 0, due,
    )  # fmt: skip


def kept(path: Path) -> StateStore:
    """A store with many cases, of which each has a duty that was moved once."""
    store = StateStore(path, "civil")
    state = store.state(0, 6)
    for due in (5_000, 6_000):
        view = View(state)
        for number, token in enumerate(CASES):
            view.edit(token).links[token] = "2026-09-07"
            view.put_duty(token, duty(token, due + number))
        view.merge()
        store.write({0: (state, Reach(1, 1))})
    return store


def test_of_what_is_erased_no_byte_is_left_in_the_file(tmp_path: Path) -> None:
    """Neither on a free page, nor in what was to fall due; the others are read as before."""
    path, synced = tmp_path / "civil-0.sqlite", list[Path]()
    store = kept(path)
    state = store.state(0, 6)
    view = View(state)
    view.forget_case(ERASED)
    view.merge()

    with given(Ports(synced=synced.append)):
        store.write({0: (state, Reach(2, 2))})

    assert synced == [path]
    assert not [file.name for file in tmp_path.iterdir() if ERASED.encode() in file.read_bytes()]
    assert CASES[138].encode() in path.read_bytes()
    written = whole(state)
    assert sorted(store.state(0, 6).cases) == sorted(set(CASES) - {ERASED})
    assert whole(store.state(0, 6)) == written
    assert store.told() is not None
    store.close()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_erased_case_is_due_no_more_whether_on_disk_or_not(tmp_path: Path) -> None:
    """The agenda of a table, and what was added since, leave out the same as one in memory."""
    store = kept(tmp_path / "civil-0.sqlite")
    state = store.state(0, 6)
    view = View(state)
    view.forget_case(CASES[0])
    view.put_duty(CASES[1], duty(CASES[1], 10))
    view.merge()

    again = View(state)
    again.forget_case(CASES[1])
    again.merge()

    assert View(state).next_due() == (6_002, "overdue", f"duty of {CASES[2]}", CASES[2])
    store.close()
