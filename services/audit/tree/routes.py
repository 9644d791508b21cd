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
_TEXT: Final = "text/plain; charset=utf-8"


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
        return self._file(_LOG, request.path_params["log"], CHECKPOINT, _NOW, _TEXT)

    async def _heads(self, request: Request) -> Response:
        return self._file(_REALM, request.path_params["realm"], "", _NOW, _TEXT)

    async def _tile(self, request: Request) -> Response:
        try:
            path = parse_path(request.path_params["tile"]).path
        except ProofError:
            return _missing()
        name = request.path_params["log"]
        return self._file(_LOG, name, path, _FOREVER, "application/octet-stream")

    def _file(
        self, names: re.Pattern[str], name: str, path: str, headers: dict[str, str], media: str
    ) -> Response:
        """A file below a name of this form; with an empty path the name's own."""
        if not names.fullmatch(name):
            return _missing()
        try:
            data = (self._folder / name / path).read_bytes()
        except OSError:
            return _missing()
        return Response(data, headers=headers, media_type=media)


def _missing() -> Response:
    return problem_response(ProblemError(404, "no_such_file", "another path", "a file of the log"))
