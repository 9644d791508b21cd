"""What becomes of messages that are not taken, by instants alone."""

from __future__ import annotations

from itertools import pairwise

from services.agency.webhooks.post import Posted, PostResult
from services.agency.webhooks.progress import DELAYS, MOST, Retry, WebhookProgress

TAKEN, REFUSED, AWAY = (
    Posted(result) for result in (PostResult.TAKEN, PostResult.REFUSED, PostResult.AWAY)
)


def begun() -> WebhookProgress:
    """Nothing was tried yet."""
    return WebhookProgress("digest", {})


def place(offset: int) -> Retry:
    """An arrival that was not tried."""
    return Retry("civil", 0, offset)


def test_ten_tries_as_the_standard_has_them() -> None:
    """0 s, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h after one another: 75 h 35 min."""
    progress, instants, retry = begun(), [0.0], place(0)
    progress.tried(retry, AWAY, 0)
    while progress.retries and not progress.stopped:
        now = progress.next_at(instants[-1])
        while (due := progress.due(now)) is None:  # held, and due later
            now = progress.next_at(now)
        instants.append(now)
        progress.tried(due, AWAY, now)

    hours = 3600
    waits = [later - earlier for earlier, later in pairwise(instants)]
    assert waits == [
        5, 300, 1800, 2 * hours, 5 * hours, 10 * hours, 14 * hours, 20 * hours, 24 * hours,
    ]  # fmt: skip
    assert (progress.stopped, len(progress.retries)) == ("silent", 1)


def test_one_message_that_a_receiver_chokes_on_holds_up_no_other() -> None:
    """It is given up after its ten tries; the others were taken meanwhile."""
    progress = begun()
    progress.tried(place(0), REFUSED, 0)
    assert progress.held == 0

    now = 1.0
    progress.tried(place(1), TAKEN, now)
    for _ in range(len(DELAYS)):
        now = progress.next_at(now)
        due = progress.due(now)
        assert due is not None
        progress.tried(due, REFUSED, now)

    assert (progress.given_up, progress.retries, progress.stopped) == (1, [], "")
    assert progress.after == {("civil", 0): 2}


def test_what_a_receiver_asks_for_is_kept_to() -> None:
    """`Retry-After` holds for the message and, where it is busy, for all of them; a day at most."""
    progress = begun()
    progress.tried(place(0), Posted(PostResult.AWAY, 600), 0)
    assert (progress.held, progress.retries[0].due) == (600, 600)

    progress.tried(place(1), Posted(PostResult.REFUSED, 10**9), 600)
    assert progress.held == 600
    assert progress.retries[1].due == 600 + 86_400


def test_as_soon_as_it_is_there_again_all_that_waited_is_due() -> None:
    """Not hours later, when the next try would have come."""
    progress = begun()
    for number in range(5):
        progress.tried(place(number), AWAY, number * 5)
    tried_again = progress.due(40)
    assert tried_again is not None

    progress.tried(tried_again, TAKEN, 40)

    assert (progress.held, {retry.due for retry in progress.retries}) == (0, {40})


def test_no_more_wait_than_there_is_room_for() -> None:
    """What came later stays in the inbox."""
    progress = begun()
    for number in range(MOST):
        assert progress.takes_new
        progress.tried(place(number), REFUSED, number)

    assert not progress.takes_new


def test_resumed_while_a_message_is_tried_nothing_comes_twice() -> None:
    """It has ten tries again as the others have, and none that came behind it is told once more."""
    progress = begun()
    for number in range(3):
        progress.tried(place(number), REFUSED, 0)
    tried_now = progress.due(5)
    assert tried_now is not None

    progress.resume()
    progress.tried(tried_now, REFUSED, 20)

    assert progress.after == {("civil", 0): 3}
    assert sorted((row.offset, row.tries, row.due) for row in progress.retries) == [
        (0, 1, 25), (1, 0, 0), (2, 0, 0),
    ]  # fmt: skip
