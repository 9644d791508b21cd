"""What `send` and `inbox` share: whose desk they speak for, and how its service is asked.

Address and token are the home's.
"""

from __future__ import annotations

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
    from services.platform.process.exit_codes import UnreachableError


REFUSED: Final = 1  # exit code: the service did not take it
AWAY: Final = 3  # exit code: the service answers that Kafka is away
TIMEOUT_S: float = 40
_NOT_NOW: Final = 503


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
        request = client.build_request("GET", path, params=params)
        answer = answer_to(client, request, lambda _sent: "`relais up` or `relais sandbox`")
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
    client: httpx.Client, path: str, body: bytes, *, key: str, dry_run: bool
) -> httpx.Response:
    """Post, under a key by which the same again publishes nothing twice.

    Args:
        key: Idempotency-Key.

    Raises:
        UnreachableError: `service_unreachable`, with what may be done.
    """

    def to_do(sent: bool) -> str:
        again = f"try again with --key {key}"
        return again if sent and not dry_run else "nothing was published; `relais up`"

    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    params = {"dry_run": "true"} if dry_run else {}
    request = client.build_request("POST", path, params=params, content=body, headers=headers)
    answer = answer_to(client, request, to_do)
    if answer.status_code == _NOT_NOW:
        raise unreachable("503: Kafka is away", to_do(True))
    kind: str = answer.headers.get("content-type", "").partition(";")[0]
    if answer.is_server_error and not kind.endswith("json"):  # by what stands before the service
        raise unreachable(f"{answer.status_code}, and no document", to_do(True))
    return answer


def answer_to(
    client: httpx.Client, request: httpx.Request, to_do: Callable[[bool], str]
) -> httpx.Response:
    """What a service answers to a request.

    Args:
        to_do: says what may be done, told whether the service may have got the request: only then
            something may have been published, and is found again by its key.

    Raises:
        UnreachableError: `service_unreachable`.
    """
    import httpx

    address = f"{client.base_url}".rstrip("/")
    try:
        return client.send(request)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        raise unreachable(f"nobody at {address}", to_do(False)) from None
    except httpx.TimeoutException:
        got = f"no answer from {address} within {TIMEOUT_S:g} s"
        raise unreachable(got, to_do(True)) from None
    except httpx.HTTPError:
        raise unreachable(f"a broken connection to {address}", to_do(True)) from None


def unreachable(got: str, to_do: str) -> UnreachableError:
    """What to raise where a service does not answer."""
    from services.platform.process.exit_codes import UnreachableError

    return UnreachableError("service_unreachable", got, f"an answer; {to_do}")


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
