"""Whether what holds our signing keys would sign: asked early, told by `/ready`.

A service whose device is away publishes nothing and is not ready; it goes on by itself once the
device is back. Keys in memory are not asked: they are there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from contracts.errors import RelaisError, SignerError
from contracts.keys.directory import Directory
from contracts.keys.keyring import Signer, Signers
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
    async with beside(_watch(devices, in_force, health, look_s), "watch signers"):
        yield


async def _watch(
    held: Sequence[FolderSigners], in_force: InForce, health: ServiceHealth, look_s: float
) -> None:
    """Ask until cancelled; one line when it begins to fail, one when it is over."""
    told = ""
    while True:
        with suppress(RelaisError):  # nothing is in force yet, or no key of ours: told elsewhere
            used = [own.valid(*in_force(realm_of(own.owner)))[0] for own in held]
            fault = await asyncio.to_thread(_fault, used)
            code = fault.code if fault is not None else ""
            if fault is None:
                health.loops[LOOP].report(0, 0)
                if told:
                    log.warning("signer is back")
            elif code != told:
                log.error("signer away", code=code, why=fault.describe())
            told = code
        await asyncio.sleep(look_s)


def _fault(signers: Iterable[Signer]) -> SignerError | None:
    """Why one of them would not sign; keys in memory are not asked."""
    try:
        for signer in signers:
            if isinstance(signer, Pkcs11Signer):
                signer.check()
    except SignerError as error:
        return error
    return None
