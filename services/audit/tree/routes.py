"""The logs over HTTP, read-only: what a static server would hand out (proof §8)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.errors import ProofError
from contracts.proof.tiles import parse_path
from services.platform.http.problems import ProblemError
from services.platform.http.responses import problem_response
from services.platform.tree.tile_folder import CHECKPOINT

_LOG: Final = re.compile(r"(?:civil|criminal)-\d{1,2}")
_REALM: Final = re.compile(r"civil|criminal")
_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_NOW: Final = {"Cache-Control": "no-cache"}


class LogRoutes:
    """Answers with files of a folder.

    Args:
        folder: in which the logs lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.routes = [
            Route("/log/{log}/checkpoint", self._checkpoint),
            Route("/log/{realm}/heads", self._heads),
            Route("/log/{log}/{tile:path}", self._tile),
        ]

    async def _checkpoint(self, request: Request) -> Response:
        name = request.path_params["log"]
        return self._text(self._folder / name / CHECKPOINT if _LOG.fullmatch(name) else None)

    async def _heads(self, request: Request) -> Response:
        name = request.path_params["realm"]
        return self._text(self._folder / name if _REALM.fullmatch(name) else None)

    async def _tile(self, request: Request) -> Response:
        name = request.path_params["log"]
        try:
            path = self._folder / name / parse_path(request.path_params["tile"]).path
        except ProofError:
            return _missing()
        data = _read(path) if _LOG.fullmatch(name) else None
        if data is None:
            return _missing()
        return Response(data, headers=_FOREVER, media_type="application/octet-stream")

    def _text(self, path: Path | None) -> Response:
        data = _read(path) if path is not None else None
        if data is None:
            return _missing()
        return Response(data, headers=_NOW, media_type="text/plain; charset=utf-8")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _missing() -> Response:
    return problem_response(ProblemError(404, "no_such_file", "another path", "a file of the log"))
