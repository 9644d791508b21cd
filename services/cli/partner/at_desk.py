"""What `send` and `inbox` share: whose desk they speak for, and how its service is asked.

Address and token are the home's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from contracts.errors import UsageError
from services.cli.common.asked import AtHome

if TYPE_CHECKING:
    import httpx

    from services.operate.home.partners import Partner


REFUSED: Final = 1  # exit code: the service did not take it
AWAY: Final = 3  # exit code: the service answers that Kafka is away
TIMEOUT_S: float = 40
TRIES: int = 5  # against 429, 503 or no answer
PAUSE_S: float = 2  # between two tries, which every service of ours asks for at most
_NOT_NOW: Final = 503
_LATER: Final = (429, _NOT_NOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk(AtHome):
    """As which desk."""

    desk: Annotated[str, typer.Option("--desk", help="The desk that asks, e.g. CRIP.")]

    @contextmanager
    def client(self) -> Iterator[tuple[str, httpx.Client]]:
        """The desk's short id, and a client that speaks for it.

        Raises:
            UsageError: `home_missing`, `desk_unknown`; those of `client_of`.
        """
        name, agency = desk_of(self.home, self.desk)
        with client_of(self.home, agency, name) as client:
            yield name, client

    def get(self, client: httpx.Client, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """An answer's document; a refusal is told and ends the command.

        Raises:
            UnreachableError: `service_unreachable`, `no_service`.
            typer.Exit: the service refuses.
        """
        from services.platform.process.exit_codes import UnreachableError

        answer, _sent = exchanged(client, client.build_request("GET", path, params=params), tries=1)
        if isinstance(answer, Exception):
            expected = "a service; `relais up` or `relais sandbox`"
            raise UnreachableError("service_unreachable", unanswered(client, answer), expected)
        document = document_of(answer)
        if not answer.is_success:
            tell_problem(self, document, err=True)
            raise typer.Exit(AWAY if answer.status_code == _NOT_NOW else REFUSED)
        return document


def agencies_of(home: Path) -> Mapping[str, tuple[Partner, ...]]:
    """Agency -> its desks.

    Raises:
        UsageError: `home_missing`.
    """
    from services.operate.home.home import Home

    folder = Home(home)
    folder.check()
    return folder.agencies


def desk_of(home: Path, desk: str) -> tuple[str, str]:
    """A desk's short id and its agency.

    Raises:
        UsageError: `home_missing`, `desk_unknown`.
    """
    agencies = {one.desk: name for name, desks in agencies_of(home).items() for one in desks}
    if desk.lower() not in agencies:
        raise UsageError("desk_unknown", "another desk", ", ".join(agencies))
    return desk.lower(), agencies[desk.lower()]


def client_of(home: Path, agency: str, desk: str) -> httpx.Client:
    """A client that speaks for a desk to its agency's service.

    Raises:
        UsageError: `token_missing`, `address_unknown`.
    """
    import httpx

    from services.operate.home.home import Home

    folder = Home(home)
    try:
        headers = {"Authorization": f"Bearer {folder.token(desk)}"}
    except OSError:
        place = str(home / "tokens" / desk)
        raise UsageError("token_missing", "no file", "a token", place) from None
    if not (address := str(folder.addresses.get(agency, ""))):
        expected = f"`relais up` or `relais sandbox --agency {agency}`"
        raise UsageError("address_unknown", "no service", expected, agency)
    return httpx.Client(base_url=address, headers=headers, timeout=TIMEOUT_S, trust_env=False)


def post(
    asked: AtHome, client: httpx.Client, path: str, body: bytes, *, key: str, dry_run: bool
) -> httpx.Response:
    """Post, and again while Kafka or the service is away: the same key publishes nothing twice.

    Args:
        key: Idempotency-Key.

    Raises:
        UnreachableError: `service_unreachable`, with what may be done.
    """
    from services.platform.process.exit_codes import UnreachableError

    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    params = {"dry_run": "true"} if dry_run else {}
    request = client.build_request("POST", path, params=params, content=body, headers=headers)

    def note(what: Exception | httpx.Response) -> None:
        asked.note(f"{unanswered(client, what)}: trying again with the same key {key}")

    answer, sent = exchanged(client, request, TRIES, note)
    if isinstance(answer, Exception) or answer.status_code == _NOT_NOW:
        # Only what has reached a service may have been published, and is found again by its key.
        again = f"try again with --key {key}"
        to_do = again if sent and not dry_run else "nothing was published; `relais up`"
        raise UnreachableError(
            "service_unreachable", unanswered(client, answer), f"an answer; {to_do}"
        )
    return answer


def exchanged(
    client: httpx.Client,
    request: httpx.Request,
    tries: int,
    told: Callable[[Exception | httpx.Response], None] = lambda _: None,
) -> tuple[httpx.Response | httpx.HTTPError, bool]:
    """What a request came to, and whether the service may have got it.

    It is asked again, under its own Idempotency-Key, while another try may change what comes.

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
            if last.status_code not in _LATER:
                return last, sent
        if not tries:
            return last, sent
        told(last)
        time.sleep(PAUSE_S)


def document_of(answer: httpx.Response) -> dict[str, Any]:
    """The JSON of an answer, whatever its status.

    Raises:
        UnreachableError: what answered is no service of ours.
    """
    from services.platform.process.exit_codes import UnreachableError

    try:
        body: dict[str, Any] = answer.json()
    except ValueError:
        raise UnreachableError("no_service", str(answer.status_code), "a service") from None
    return body


def unanswered(client: httpx.Client, what: Exception | httpx.Response) -> str:
    """What came instead of an answer, in words."""
    import httpx

    address = f"{client.base_url}".rstrip("/")
    if not isinstance(what, Exception):
        return "503: Kafka is away" if what.status_code == _NOT_NOW else "429: too much at once"
    if isinstance(what, (httpx.ConnectError, httpx.ConnectTimeout)):
        return f"nobody at {address}"
    if isinstance(what, httpx.TimeoutException):
        return f"no answer from {address} within {TIMEOUT_S:g} s"
    return f"a broken connection to {address}"


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
