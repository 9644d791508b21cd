"""Webhooks of a sandbox, to receivers on this machine alone (`--webhook DESK=URL`).

What waits to be tried again follows the sandbox's clock: whoever moves it need not wait for hours.
The time that a message bears is the machine's, for its receiver compares it with its own.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from contracts.errors import UsageError
from services.agency.http.desk_request import Parts
from services.platform.browser.sign_in.client import is_here
from services.platform.http.receiver import Receiver
from services.platform.process.clock import Clock

if TYPE_CHECKING:
    from services.agency.webhooks.push import Webhooks

LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def read_receivers(rows: Sequence[str]) -> dict[str, Receiver]:
    """Desk -> receiver, of rows `DESK=URL`.

    Raises:
        UsageError: `webhook_malformed`.
    """
    receivers: dict[str, Receiver] = {}
    for row in rows:
        desk, _equals, url = row.partition("=")
        try:
            receiver = Receiver(url=url, networks=LOOPBACK)
        except ValidationError:
            receiver = None
        if receiver is None or not is_here(receiver.target.host):
            expected = "`DESK=http://HOST:PORT/PATH`, a host of this machine"
            raise UsageError("webhook_malformed", "another address", expected, row)
        receivers[desk.lower()] = receiver
    return receivers


def webhooks_of(
    parts: Parts, receivers: Mapping[str, Receiver], folder: Path, clock: Clock,
    stack: AsyncExitStack,
) -> Webhooks:  # fmt: skip
    """The webhooks of what comes from now on.

    Args:
        folder: where it is kept how far they are; what an earlier sandbox left there goes.
        stack: closes their connections.
    """
    from services.agency.webhooks.post import Poster  # and with it a client of HTTP
    from services.agency.webhooks.push import Webhooks

    shutil.rmtree(folder, ignore_errors=True)
    post = Poster()
    stack.push_async_callback(post.close)
    return Webhooks(
        receivers, parts.office, parts.incoming, folder, post,
        ahead=lambda: clock.now() - time.time(),
    )  # fmt: skip
