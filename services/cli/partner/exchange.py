"""One request until it is answered: what is tried again, and when it is given up.

Tried again is what another try may change: no answer, 429, 503, and what a proxy answers in the
service's stead (502, 504, a page), each time the same request under its own Idempotency-Key:
whatever reached the service is published once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import httpx

_TOO_MUCH: Final = 429
_LATER: Final = frozenset({_TOO_MUCH, 502, 503, 504})
_REFUSED: Final = 400  # from here on a page is an answer all the same: the address is wrong


class UnansweredError(Exception):
    """Nobody answered, or 503 or a proxy alone, as often as it was tried.

    Attributes:
        sent: whether the service may have got it.
        answer: of the last try, if it had one.
        last: what went wrong with the last try: an error, or that answer.
    """

    def __init__(self, *, sent: bool, last: Exception | httpx.Response) -> None:
        self.sent, self.last = sent, last
        self.answer = last if isinstance(last, httpx.Response) else None
        super().__init__(
            "no answer" if self.answer is None else f"{self.answer.status_code}, again and again"
        )


def exchanged(
    http: httpx.Client,
    request: httpx.Request,
    tries: int,
    pause_s: float = 0,
    told: Callable[[Exception | httpx.Response], None] = lambda _: None,
) -> httpx.Response:
    """Ask until there is an answer.

    Args:
        pause_s: seconds between two tries, which every service of ours asks for at most.
        told: is told before each pause what went wrong: an error, or an answer.

    Raises:
        UnansweredError: there is none.
    """
    sent, left = False, tries
    while True:
        left -= 1
        last: Exception | httpx.Response
        try:
            answer = last = http.send(request)
            sent = True
            if _is_last(answer) or (answer.status_code == _TOO_MUCH and not left):
                return answer
        except httpx.HTTPError as error:
            last = error
            sent = sent or not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
        if not left:
            raise UnansweredError(sent=sent, last=last)
        told(last)
        time.sleep(pause_s)


def _is_last(answer: httpx.Response) -> bool:
    """Whether another try would not change it."""
    is_page = str(answer.headers.get("content-type", "")).startswith("text/html")
    status = answer.status_code
    return status not in _LATER and (status >= _REFUSED or not is_page)
