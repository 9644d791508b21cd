"""A router whose key cannot sign for a while: it writes nothing, loses nothing and goes on."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.errors import SignerError
from contracts.keys.keyring import HeldSigners, Signer
from contracts.log.routing.partition_router import RouterKeys
from services.routing import shard as shards
from tests.contracts.envelope import kit
from tests.services.routing.test_shard import waiting
from tests.world import World

pytestmark = pytest.mark.anyio


class Away:
    """A signer over another one, which may be away."""

    def __init__(self, signer: Signer) -> None:
        self.kid, self.alg, self.owner = signer.kid, signer.alg, signer.owner
        self.public = signer.public
        self.away = True
        self.blinks = False  # it is back at once
        self._signer = signer

    def sign(self, message: bytes) -> bytes:
        """Sign, unless it is away."""
        if self.away:
            self.away = not self.blinks
            raise SignerError("signer_away", "DeviceRemoved", "a device that signs", self.kid)
        return self._signer.sign(message)


@pytest.mark.parametrize("blinks", [False, True])
async def test_what_a_router_cannot_sign_it_does_not_write(
    monkeypatch: pytest.MonkeyPatch, *, blinks: bool
) -> None:
    """No transaction, input is read again, no record takes the blame; then as ever."""
    monkeypatch.setattr(shards, "PAUSES", (0.0,))
    writing, shard, read = waiting(World())
    own = Away(kit.realm().router)
    own.blinks = blinks
    for router in shard.routers.values():
        router.keys = RouterKeys(HeldSigners(own), router.keys.routing_secret)
    sought: list[Any] = []
    shard.seek = sought.append
    before = dict(shard.next)

    await shard.handle([read])

    shard.raise_failure()
    assert writing.kept == []
    assert sought == [before]
    assert shard.next == before
    own.away = False
    await shard.handle([read])
    shard.raise_failure()
    (sent, moved) = writing.kept[-1]
    assert moved
    assert sum(one.topic.endswith(".decisions") for one in sent) == 1
    assert not [one for one in sent if one.topic.endswith(".quarantine")]
