"""Who may open a desk's page in a play: whoever has the desk's token, and nobody in production."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from services.agency.desk.way_in import DeskAccess, TokenAccounts, desk_access
from services.agency.http.bearer_tokens import Tokens, hashed
from services.platform.settings import AgencySettings

DESKS = ("asso", "psp")


async def access_of(home: Path, *, play: bool, host: str = "127.0.0.1") -> DeskAccess | None:
    """By the settings of an associations' service."""
    settings = AgencySettings(agency="association", home=home, play=play, http_host=host)
    async with AsyncExitStack() as stack:
        tokens = Tokens({desk: hashed(f"token of {desk}") for desk in DESKS})
        return desk_access(settings, DESKS, tokens, stack)


async def test_a_desks_own_token_opens_its_page_in_a_play_alone(tmp_path: Path) -> None:
    """No other's, none on an address of the network, none outside a play."""
    access = await access_of(tmp_path, play=True)

    assert access is not None
    assert isinstance(access.way, TokenAccounts)
    opened = access.way.check("asso", "token of asso")
    assert opened is not None
    assert (opened.name, opened.role) == ("asso", "asso")
    for name, password in (("asso", "token of psp"), ("psp", "token of asso"), ("asso", "")):
        assert access.way.check(name, password) is None
    assert await access_of(tmp_path, play=True, host="0.0.0.0") is None  # noqa: S104
    assert await access_of(tmp_path, play=False) is None
