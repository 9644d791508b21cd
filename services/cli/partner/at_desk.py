"""What the commands of a partner share: whose desk they speak for, and how its service is asked.

The desk's token comes from the file RELAIS_TOKEN_FILE or from RELAIS_TOKEN itself, else from the
home.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.common.asked import AtHome
from services.cli.common.http_client import TIMEOUT_S

if TYPE_CHECKING:
    import httpx


REFUSED: Final = 1  # exit code: the service did not take it
AWAY: Final = 3  # exit code: the service answers that Kafka is away
TRIES: int = 5  # against 503 or no answer
PAUSE_S: float = 2  # between two tries, which every service of ours asks for at most
_TOO_MUCH: Final = 429
_LATER: Final = (502, 503, 504)
_REFUSED: Final = 400
# A process that is suspended takes connections and says nothing: starting another does not help.
SILENT: Final = "an answer; it hangs: the terminal of `relais up` says why, `kill -CONT` resumes it"

EventArgument = Annotated[
    str, typer.Argument(metavar="EVENT", help="Id of an arrival, as `relais inbox` shows it.")
]
UrlOption = Annotated[str, typer.Option("--url", help="The service's address; else the home's.")]
KeyOption = Annotated[
    str, typer.Option("--key", help="Idempotency-Key, to try the same again with.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk(AtHome):
    """As which desk, at which address."""

    desk: Annotated[str, typer.Option("--desk", help="The desk that asks, e.g. CRIP.")]
    url: UrlOption = ""

    @contextmanager
    def client(self) -> Iterator[tuple[str, httpx.Client]]:
        """The desk's short id, and a client that speaks for it.

        Raises:
            UsageError: `desk_unknown`; those of `http_client.client`.
        """
        from services.cli.common import http_client

        http_client.check_home(self.home, self.url)
        name, agency = http_client.desk_of(self.home, self.desk)
        with http_client.client(self.home, agency, name, self.url) as client:
            yield name, client

    def get(self, client: httpx.Client, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """An answer's document; a refusal is told and ends the command.

        Raises:
            UnreachableError: `service_unreachable`, `no_service`.
            typer.Exit: the service refuses.
        """
        import httpx

        from services.cli.common.http_client import asked
        from services.platform.process.exit_codes import UnreachableError

        answer, _sent = exchanged(client, client.build_request("GET", path, params=params), tries=1)
        if isinstance(answer, Exception):
            got, silent = unanswered(client, answer)
            expected = SILENT if silent else "a service; `relais up` or `relais sandbox`"
            raise UnreachableError("service_unreachable", got, expected)
        document = asked(answer)
        if not answer.is_success:
            tell_problem(self, document, err=True)
            away = answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
            raise typer.Exit(AWAY if away else REFUSED)
        return document


def post(
    asked: AtHome,
    client: httpx.Client,
    path: str,
    body: bytes,
    *,
    key: str = "",
    dry_run: bool = False,
) -> httpx.Response:
    """Post, and again while Kafka or the service is away: the same key publishes nothing twice.

    Args:
        key: Idempotency-Key; empty where the route makes its own from the path and the body.

    Raises:
        UnreachableError: `service_unreachable`, with what may be done.
    """
    from services.platform.process.exit_codes import UnreachableError

    again = "{why}: trying again with the same key {key}" if key else "{why}: trying again"
    headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
    params = {"dry_run": "true"} if dry_run else {}
    request = client.build_request("POST", path, params=params, content=body, headers=headers)

    def note(what: Exception | httpx.Response) -> None:
        asked.note(again.format(why=unanswered(client, what)[0], key=key))

    answer, sent = exchanged(client, request, TRIES, note)
    if isinstance(answer, Exception) or may_change(answer):
        why, silent = unanswered(client, answer)
        to_do = _to_do(sent and not dry_run, silent, key)
        raise UnreachableError("service_unreachable", why, to_do)
    return answer


def exchanged(
    client: httpx.Client,
    request: httpx.Request,
    tries: int,
    told: Callable[[Exception | httpx.Response], None] = lambda _: None,
) -> tuple[httpx.Response | httpx.HTTPError, bool]:
    """What a request came to, and whether the service may have got it.

    It is asked again, under its own Idempotency-Key, while another try may change what comes: what
    has reached the service is published once.

    Args:
        told: is told before each pause what went wrong: an error, or an answer.
    """
    import httpx

    sent = False
    while True:
        tries -= 1
        last: httpx.Response | httpx.HTTPError
        try:
            last, sent = client.send(request), True
        except httpx.HTTPError as error:
            last = error
            sent = sent or not isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
        else:
            if not may_change(last) and last.status_code != _TOO_MUCH:
                return last, sent
        if not tries:
            return last, sent
        told(last)
        time.sleep(PAUSE_S)


def may_change(answer: httpx.Response) -> bool:
    """Whether it is 503, or of a proxy in the service's stead: 502, 504, a page that is no refusal.

    A page from 400 on is an answer all the same: the address is wrong.
    """
    is_page = str(answer.headers.get("content-type", "")).startswith("text/html")
    return answer.status_code in _LATER or (is_page and answer.status_code < _REFUSED)


def _to_do(sent: bool, silent: bool, key: str) -> str:
    """Only what has reached a service may have been published, and is found again by its key."""
    answer = SILENT if silent else "an answer"
    if sent and key:
        return f"{answer}; try again with --key {key}"
    if sent:
        return f"{answer}; try again"
    if silent:
        return f"{answer}; nothing was published"
    return f"{answer}; nothing was published; `relais up`, `relais sandbox` or --url"


def unanswered(client: httpx.Client, what: Exception | httpx.Response) -> tuple[str, bool]:
    """What came instead of an answer, in words, and whether a service was reached at all."""
    import httpx

    address = f"{client.base_url}".rstrip("/")
    if not isinstance(what, Exception):
        return "503: Kafka is away", False
    if isinstance(what, (httpx.ConnectError, httpx.ConnectTimeout)):
        return f"nobody at {address}", False
    if isinstance(what, httpx.TimeoutException):
        silent = "no answer from {address} within {seconds} s"
        return silent.format(address=address, seconds=f"{TIMEOUT_S:g}"), True
    return f"a broken connection to {address}", True


def tell_problem(asked: AtHome, problem: Mapping[str, Any], *, err: bool = False) -> None:
    """A problem document for people: code, what was got and expected where, what to do."""
    from services.labels.problem_texts import PROBLEM_TEXTS

    tell = asked.note if err else asked.say
    tell(f"refused: {problem.get('code')}")
    for name in ("place", "got", "expected"):
        if name in problem:
            tell(f"  {name}: {problem[name]}")
    if text := PROBLEM_TEXTS.get(str(problem.get("code"))):
        tell(f"  next: {text.next.say('en')}")
    for fault in problem.get("errors", ()):
        if fault.get("expected", "") != problem.get("expected"):
            place = str(fault.get("place", "")) or "the record itself"
            tell(f"  at {place}, expected: {fault.get('expected', '')}")
