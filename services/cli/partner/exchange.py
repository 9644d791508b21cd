"""One request until it is answered: what is tried again, after how long, and when it is given up.

Tried again is what another try may change: no answer, 429, 503, and what a proxy answers in the service's stead (502,
504, a page), each time the same request under its own Idempotency-Key: whatever reached the service is published once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

LONGEST_S: Final = 30.0  # that a `Retry-After` is kept to; a longer one of a 429 is the caller's
_TOO_MUCH: Final = 429
_LATER: Final = frozenset({502, 503, 504})
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
        pause_s: seconds between two tries, if the service does not say.
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
            sent, wait = True, again_in(answer, pause_s)
            if wait is None or (answer.status_code == _TOO_MUCH and not left):
                return answer
        except httpx.HTTPError as error:
            last, wait = error, pause_s
            sent = sent or not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
        if not left:
            raise UnansweredError(sent=sent, last=last)
        told(last)
        time.sleep(wait)


def again_in(answer: httpx.Response, pause_s: float) -> float | None:
    """Seconds until the next try; None: this is the answer."""
    status = answer.status_code
    answered = status not in _LATER and (status >= _REFUSED or not _is_page(answer))
    if answered and status != _TOO_MUCH:
        return None
    wait = _asked_wait(answer.headers.get("retry-after", ""), pause_s)
    if wait > LONGEST_S and status == _TOO_MUCH:
        return None
    return min(wait, LONGEST_S)


def _is_page(answer: httpx.Response) -> bool:
    """Whether it is for people, as no answer of the service to a request is."""
    return str(answer.headers.get("content-type", "")).startswith("text/html")


def _asked_wait(text: str, otherwise: float) -> float:
    """Seconds of a `Retry-After`: a number or a date (RFC 9110 §10.2.3)."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return otherwise
    return max(0.0, (at - datetime.now(at.tzinfo)).total_seconds())
