"""An agency's witness on a port of its own, in a thread beside the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path

from starlette.routing import Mount

from contracts.proof.note_keys import NoteKey, NoteSigner
from services.agency.witness import LogWitness
from services.platform.process.clock import SystemClock
from services.platform.store.memory import Memory
from tests.ports import in_thread, on_port
from tests.services.agency.bench import serving


@asynccontextmanager
async def _served(witness: LogWitness) -> AsyncIterator[str]:
    async with serving("justice") as bench:
        bench.parts.witness = witness
        async with on_port([Mount("/", app=bench.app)]) as url:
            yield f"{url}/witness"


def witness_server(
    folder: Path, own: NoteSigner, logs: Mapping[str, Sequence[NoteKey]]
) -> AbstractContextManager[str]:
    """A witness over HTTP while the block lasts; yields its address."""
    return in_thread(_served(LogWitness(folder, Memory(None), own, logs, SystemClock())))
