"""Webhooks of a sandbox, to receivers on this machine alone (`--webhook DESK=URL`).

What waits to be tried again follows the sandbox's clock: whoever moves it need not wait for hours.
The time that a message bears is the machine's, for its receiver compares it with its own.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from contracts.errors import UsageError
from services.platform.browser.sign_in.client import is_here
from services.platform.http.receiver import Receiver

if TYPE_CHECKING:
    from services.agency.http.desk_request import Parts
    from services.agency.webhooks.push import Webhooks
    from services.platform.process.clock import Clock

LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def read_receivers(rows: Sequence[str]) -> dict[str, Receiver]:
    """Desk -> receiver, of rows `DESK=URL`.

    Raises:
        UsageError: `webhook_malformed`.
    """
    receivers: dict[str, Receiver] = {}
    expected = "`DESK=http://HOST:PORT/PATH`, a host of this machine"
    for row in rows:
        desk, _equals, url = row.partition("=")
        try:
            receiver = Receiver(url=url, networks=LOOPBACK)
        except ValidationError:
            raise UsageError("webhook_malformed", "another text", expected, row) from None
        if not is_here(receiver.target.host):
            raise UsageError("webhook_malformed", "another machine", expected, row)
        receivers[desk.lower()] = receiver
    return receivers


def check_desks(receivers: Mapping[str, Receiver], desks: Sequence[str]) -> None:
    """Raise UsageError `desk_unknown` where a receiver is of a desk that nobody plays here."""
    for desk in receivers:
        if desk not in desks:
            raise UsageError("desk_unknown", "another desk", ", ".join(desks), desk)


@asynccontextmanager
async def webhooks_of(
    parts: Parts, receivers: Mapping[str, Receiver], folder: Path, clock: Clock
) -> AsyncIterator[Webhooks | None]:
    """The webhooks of what comes from now on, while the block lasts; None without a receiver.

    Args:
        folder: where it is kept how far they are; what an earlier sandbox left there goes.
    """
    if not receivers:
        yield None
        return
    from services.agency.webhooks.post import Poster  # and with it a client of HTTP
    from services.agency.webhooks.push import Webhooks

    shutil.rmtree(folder, ignore_errors=True)
    post = Poster()
    try:
        parts.webhooks = Webhooks(
            receivers, parts.office, parts.incoming, folder, post,
            ahead=lambda: clock.now() - time.time(),
        )  # fmt: skip
        yield parts.webhooks
    finally:
        await post.close()
