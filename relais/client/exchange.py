"""One call until it is answered: what is tried again, after how long, and when it is given up. No socket here.

Tried again is what another try may change: no answer, 429, 503, and what a proxy answers in the service's stead (502,
504, a page, a redirect), each time under the call's own key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from relais.client.calls import ServiceCall

TRIES: Final = 5
PAUSE_S: Final = 2.0  # between two tries, if the service does not say
LONGEST_S: Final = (
    30.0  # that a `Retry-After` is kept to; a longer one of a 429 is the caller's to plan
)
_TOO_MUCH: Final = 429
_LATER: Final = frozenset({502, 503, 504})
_REFUSED: Final = (
    400  # from which on an answer of another form is one all the same: the address is wrong
)


class CallRefusedError(Exception):
    """The service answered, and not with success.

    Attributes:
        problem: its problem document (RFC 9457): `code`, `got`, `expected`, `place` …; never personal data.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.problem = status, problem
        self.code = str(problem.get("code", ""))
        super().__init__(f"{status} {self.code}".strip())


class UnansweredError(Exception):
    """Nobody answered, or 503 or a proxy alone, as often as it was tried.

    Attributes:
        key: the call's: asked again with it, what was published is not published twice.
        sent: whether the service may have got it.
        answer: of the last try, if it had one.
        last: what went wrong with the last try: an error, or that answer.
    """

    def __init__(self, key: str, *, sent: bool, last: Exception | httpx.Response) -> None:
        self.key, self.sent, self.last = key, sent, last
        self.answer = last if isinstance(last, httpx.Response) else None
        super().__init__(
            "no answer" if self.answer is None else f"{self.answer.status_code}, again and again"
        )


@dataclass(slots=True)
class Exchange:
    """How far one call is.

    Args:
        told: is told before each pause what went wrong: an error, or an answer.
    """

    call: ServiceCall[Any]
    tries: int = TRIES
    pause_s: float = PAUSE_S
    told: Callable[[Exception | httpx.Response], None] = lambda _: None
    _tried: int = 0
    _sent: bool = False

    def request(self) -> dict[str, Any]:
        """Arguments for the `request` of httpx."""
        call = self.call
        return {
            "method": call.method, "url": call.path, "params": dict(call.params),
            "content": call.body, "headers": call.headers(),
        }  # fmt: skip

    def answered(self, answer: httpx.Response) -> float | None:
        """Seconds until the next try; None: this is the answer.

        Raises:
            UnansweredError: it was the last try.
        """
        self._sent = True
        last = self._tried + 1 >= self.tries
        status = answer.status_code
        answered = status not in _LATER and (status >= _REFUSED or not _is_page(answer))
        if answered and (status != _TOO_MUCH or last):
            return None
        wait = _asked_wait(answer.headers.get("retry-after", ""), self.pause_s)
        if wait > LONGEST_S and status == _TOO_MUCH:
            return None
        return self._again(answer, min(wait, LONGEST_S))

    def failed(self, error: httpx.HTTPError) -> float:
        """Seconds until the next try.

        Raises:
            UnansweredError: it was the last try.
        """
        self._sent = self._sent or not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
        return self._again(error, self.pause_s)

    def _again(self, what: Exception | httpx.Response, wait: float) -> float:
        self._tried += 1
        if self._tried >= self.tries:
            raise UnansweredError(self.call.key, sent=self._sent, last=what)
        self.told(what)
        return wait


def _is_page(answer: httpx.Response) -> bool:
    """Whether it is for people, as no answer of the service to a call is."""
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


def read(answer: httpx.Response) -> Any:
    """An answer's document.

    Raises:
        CallRefusedError: it is none of success, or no JSON object.
    """
    try:
        document = answer.json()
    except (ValueError, RecursionError):
        document = None
    if not answer.is_success or not isinstance(document, dict):
        problem = document if isinstance(document, dict) else {}
        raise CallRefusedError(answer.status_code, problem)
    return document
