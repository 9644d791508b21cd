"""Who may open a desk's page in a play: whoever has the desk's token, and nobody in production."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from services.agency.desk.way_in import desk_access
from services.agency.http.bearer_tokens import Tokens
from services.platform.keys.keystore import hashed
from services.platform.settings import AgencySettings

DESKS = ("asso", "psp")


@pytest.mark.parametrize(
    ("play", "host", "opens"),
    [(True, "127.0.0.1", True), (True, "0.0.0.0", False), (False, "127.0.0.1", False)],  # noqa: S104
)
async def test_a_desks_token_opens_its_page_in_a_play_alone(
    tmp_path: Path, play: bool, host: str, opens: bool
) -> None:
    """None on an address of the network, none outside a play."""
    settings = AgencySettings(agency="association", home=tmp_path, play=play, http_host=host)
    tokens = Tokens({desk: hashed(f"token of {desk}") for desk in DESKS})
    async with AsyncExitStack() as stack:
        assert (desk_access(settings, DESKS, tokens, stack) is not None) is opens
