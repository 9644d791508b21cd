"""Whether what holds our signing keys would sign: asked before anybody needs it, and told by `/ready`.

A service whose device is away publishes nothing and is not ready; it goes on by itself once the
device is back. Keys in memory are not asked: they are there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from contracts.errors import RelaisError, SignerError
from contracts.keys.directory import Directory
from contracts.keys.keyring import Signers
from contracts.vocabulary.schema import realm_of
from services.platform.keys.keystore import FolderSigners
from services.platform.keys.pkcs11 import Pkcs11Signer
from services.platform.process.progress import ServiceHealth
from services.platform.process.side_by_side import beside

LOOK_S: Final = 2.0  # between two questions
SILENT_S: Final = 5.0  # without a signature before a service is not ready
LOOP: Final = "signer"

InForce = Callable[[str], tuple[Directory, int]]  # realm -> its directory, and the instant, seconds

log = structlog.get_logger("relais.signer")


@asynccontextmanager
async def signers_watched(
    held: Iterable[Signers], in_force: InForce, health: ServiceHealth, look_s: float = LOOK_S
) -> AsyncIterator[None]:
    """Watch while the block lasts; nothing to do if all keys are in memory.

    Args:
        in_force: raises a `RelaisError` while nothing is.
    """
    devices = [own for own in held if isinstance(own, FolderSigners) and own.in_device]
    if not devices:
        yield
        return
    health.expect(LOOP, SILENT_S)
    async with beside(_Watch(devices, in_force, health).run(look_s), "watch signers"):
        yield


class _Watch:
    """Asks each key once, and then one of each device."""

    def __init__(
        self, held: Sequence[FolderSigners], in_force: InForce, health: ServiceHealth
    ) -> None:
        self._held = held
        self._in_force = in_force
        self._health = health
        self._sound: set[str] = set()  # key ids

    async def run(self, look_s: float) -> None:
        """Ask until cancelled; one line when it begins to fail, one when it is over."""
        told = ""
        while True:
            with suppress(
                RelaisError
            ):  # nothing is in force yet, or no key of ours: told elsewhere
                fault = await asyncio.to_thread(self._fault, tuple(self._asked()))
                code = fault.code if fault is not None else ""
                if fault is None:
                    self._health.loops[LOOP].report(0, 0)
                    if told:
                        log.warning("signer is back")
                elif code != told:
                    log.error("signer away", code=code, why=fault.describe())
                told = code
            await asyncio.sleep(look_s)

    def _asked(self) -> Iterator[Pkcs11Signer]:
        """Of the keys that are used now, those that were not asked yet, and one of each device."""
        places = set()
        for own in self._held:
            signer = own.valid(*self._in_force(realm_of(own.owner)))[0]
            if not isinstance(signer, Pkcs11Signer):
                continue
            if signer.kid not in self._sound or signer.place not in places:
                places.add(signer.place)
                yield signer

    def _fault(self, signers: Iterable[Pkcs11Signer]) -> SignerError | None:
        try:
            for signer in signers:
                signer.check()
                self._sound.add(signer.kid)
        except SignerError as error:
            return error
        return None
