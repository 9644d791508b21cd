"""How `send` and `inbox` reach a service: its address and a desk's token from the home."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from contracts.errors import UsageError

if TYPE_CHECKING:
    import httpx

TOKEN: Final = "RELAIS_TOKEN"  # noqa: S105 (a name, as the next)
TOKEN_FILE: Final = "RELAIS_TOKEN_FILE"  # noqa: S105
_TOKEN: Final = re.compile(r"[ -~]+")  # whatever a header may hold
TIMEOUT_S: float = 40  # longer than a long poll


def check_home(home: Path, url: str) -> None:
    """Refuse a folder without a federation, unless address and token both come from elsewhere.

    Raises:
        UsageError: `home_missing`.
    """
    from services.operate.home.home import Home

    if not (url and names_token()):
        Home(home).check()


def names_token() -> bool:
    """Whether the environment names a token: it is of one desk, and the service goes by it."""
    return bool(os.environ.get(TOKEN) or os.environ.get(TOKEN_FILE))


def given_token() -> str:
    """The token that the environment names, by its file or as it is; empty if it names none.

    A variable is seen by whoever may look at the process or its container: a file is the better
    place.

    Raises:
        UsageError: `token_twice`, `token_malformed`; those of `read_private`: the file is its
            owner's.
    """
    from services.platform.keys.private_files import read_private

    token, file = os.environ.get(TOKEN, ""), os.environ.get(TOKEN_FILE, "")
    if token and file:
        raise UsageError("token_twice", f"{TOKEN}, {TOKEN_FILE}", "one of them")
    if file:
        token = read_private(Path(file)).decode("ascii", "replace").strip()
    if (token or file) and not _TOKEN.fullmatch(token):
        got, expected = "another text", "one line of printable ASCII"
        raise UsageError("token_malformed", got, expected, TOKEN_FILE if file else TOKEN)
    return token


def desk_of(home: Path, desk: str) -> tuple[str, str]:
    """A desk's short id and its agency.

    Raises:
        UsageError: `desk_unknown`.
    """
    from services.operate.home.home import Home

    houses = Home(home).agencies
    for agency, partners in houses.items():
        if desk.lower() in {partner.desk for partner in partners}:
            return desk.lower(), agency
    known = ", ".join(partner.desk for partners in houses.values() for partner in partners)
    raise UsageError("desk_unknown", "another desk", known)


def desks_for(home: Path, agency: str, body: bytes) -> Sequence[str]:
    """The desks of an agency that may file a record, by its `kind`: those of its first role first.

    An agency of one desk has that one, whatever the kind: its service refuses in its own words. So
    has a body that is no JSON object the first desk.

    Raises:
        UsageError: `agency_unknown`, `desk_ambiguous` (which kind it is cannot be told).
    """
    from services.operate.home.home import Home

    houses = Home(home).agencies
    house = houses.get(agency)
    if not house:
        raise UsageError("agency_unknown", "another agency", ", ".join(sorted(houses)))
    desks, roles = [one.desk for one in house], _filing_roles(agency, body)
    if roles is None:
        return desks[:1]
    filing = [one.desk for role in roles for one in house if one.role == role]
    if not filing and len(desks) > 1:
        got = f"{len(desks)} desks"
        raise UsageError("desk_ambiguous", got, "--desk " + " | ".join(desks))
    return filing or desks


def _filing_roles(agency: str, body: bytes) -> Sequence[str] | None:
    """The roles that file records of this kind; none if no kind is told, None of no record."""
    import orjson

    from services.agency.trade import trade_of

    try:
        kind = orjson.loads(body)["kind"]
        roles: Sequence[str] = trade_of(agency).kinds[kind].roles
    except KeyError:
        return ()
    except (ValueError, TypeError):
        return None
    return roles


def client(home: Path, agency: str, desk: str, url: str = "") -> httpx.Client:
    """A client that speaks for a desk: token from the environment or the home.

    Raises:
        UsageError: `token_missing`, `address_unknown`; those of `given_token`.
    """
    import httpx

    from services.operate.home.home import Home

    folder = Home(home)
    try:
        token = given_token() or folder.token(desk)
    except OSError:
        place = str(home / "tokens" / desk)
        expected = f"a token, {TOKEN_FILE} or {TOKEN}"
        raise UsageError("token_missing", "no file", expected, place) from None
    address = url or str(folder.addresses.get(agency, ""))
    if not address:
        expected = f"`relais up` or `relais sandbox --agency {agency}`, or --url"
        raise UsageError("address_unknown", "no service", expected, agency)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=address, headers=headers, timeout=TIMEOUT_S, trust_env=False)


def asked(response: httpx.Response) -> dict[str, Any]:
    """The JSON of an answer, whatever its status.

    Raises:
        UnreachableError: what answered is no service of ours.
    """
    from services.platform.process.exit_codes import UnreachableError

    try:
        body: dict[str, Any] = response.json()
    except ValueError:
        raise UnreachableError("no_service", str(response.status_code), "a service") from None
    return body
