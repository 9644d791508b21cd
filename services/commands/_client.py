"""How `send` and `inbox` reach a service: its address and a desk's token from the home."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.errors import UsageError
from contracts.scopes import ROLES

if TYPE_CHECKING:
    import httpx

TIMEOUT_S: float = 40  # longer than a long poll


def desk_of(desk: str) -> tuple[str, str]:
    """A desk's short id and its agency.

    Raises:
        UsageError: `desk_unknown`.
    """
    from services.federation.partners import PARTNERS

    for partner in PARTNERS:
        if partner.desk == desk.lower():
            return partner.desk, ROLES[partner.role]
    known = ", ".join(partner.desk for partner in PARTNERS)
    raise UsageError("desk_unknown", "another desk", known)


def only_desk(agency: str) -> str:
    """The one desk of an agency.

    Raises:
        UsageError: `agency_unknown`, `desk_ambiguous`.
    """
    from services.federation.partners import PARTNERS

    desks = [partner.desk for partner in PARTNERS if ROLES[partner.role] == agency]
    if not desks:
        raise UsageError("agency_unknown", "another agency", ", ".join(sorted(set(ROLES.values()))))
    if len(desks) > 1:
        raise UsageError("desk_ambiguous", f"{len(desks)} desks", "--desk " + " | ".join(desks))
    return desks[0]


def client(home: Path, agency: str, desk: str, url: str = "") -> httpx.Client:
    """A client that speaks for a desk: token from RELAIS_TOKEN or the home.

    Raises:
        UsageError: `token_missing`, `address_unknown`.
    """
    import httpx

    from services.federation.home import Home

    folder = Home(home)
    try:
        token = os.environ.get("RELAIS_TOKEN") or folder.token(desk)
    except OSError:
        place = str(home / "tokens" / desk)
        raise UsageError("token_missing", "no file", "a token or RELAIS_TOKEN", place) from None
    address = url or str(folder.addresses.get(agency, ""))
    if not address:
        raise UsageError("address_unknown", "no service", "`relais up`, or --url")
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=address, headers=headers, timeout=TIMEOUT_S, trust_env=False)


def asked(response: httpx.Response) -> dict[str, Any]:
    """The JSON of an answer, whatever its status.

    Raises:
        UnreachableError: what answered is no service of ours.
    """
    from services.shell.startup import UnreachableError

    try:
        found: dict[str, Any] = response.json()
    except ValueError:
        raise UnreachableError("no_service", str(response.status_code), "a service") from None
    return found
