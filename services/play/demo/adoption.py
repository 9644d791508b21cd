"""The next version of the convention on the running federation, as its owners put it in force."""

from __future__ import annotations

import asyncio
from typing import Final

from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.operate.home.first_orders import new_orders
from services.operate.home.home import Home
from services.operate.home.keys import write_secret
from services.operate.home.owners_bus import OwnersBus
from services.play.run.launch import Federation

KEY_WEEKS: Final = 5  # that keys of a new retention class cover: the story that adopts is the last


async def adopt(federation: Federation, text: bytes, at: int) -> None:
    """Let the home hold a version, and order it on both buses from an instant on.

    The home plays all parties: those that join get a key, and each signs. Desks that receive under
    a retention class for the first time get keys; their directory is ordered first.
    """
    path = federation.home.path
    write_secret(path / "convention.yaml", text)
    home = Home(path)  # anew: it remembers its convention
    await asyncio.to_thread(home.prepare, at, KEY_WEEKS)
    for realm in REALMS:
        bus = OwnersBus(home, realm, federation.bus(principals.owners(realm)), at)
        orders = new_orders(home, await bus.registry(), federation.plan.shards_of(realm))
        await bus.order(*reversed(orders))
