"""An agency's witness on a port of its own: the real routes, with nothing else of the agency."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

from contracts.proof.note_keys import NoteKey, NoteSigner
from services.agency.http.admission import Gate
from services.agency.http.desk_request import Parts
from services.agency.http.routes import add_witness
from services.agency.witness import LogWitness
from services.platform.http.problems import ProblemError
from services.platform.http.responses import problem_response
from services.platform.process.clock import SystemClock
from services.platform.process.metrics import Metrics
from services.platform.store.memory import Memory


@contextmanager
def witness_server(
    folder: Path, own: NoteSigner, logs: Mapping[str, Sequence[NoteKey]]
) -> Iterator[str]:
    """A witness over HTTP while the block lasts; yields its address."""
    app, witness = FastAPI(), LogWitness(folder, Memory(None), own, logs, SystemClock())
    add_witness(app, cast("Parts", SimpleNamespace(witness=witness)))
    app.add_exception_handler(ProblemError, _problem)
    app.add_middleware(Gate, metrics=Metrics("witness"))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/witness"
    finally:
        server.should_exit = True
        thread.join()


async def _problem(_request: Request, error: Exception) -> Response:
    return problem_response(error)
