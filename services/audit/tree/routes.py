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

_LOG: Final = re.compile(r"(?:civil|criminal)-\d{1,2}")
_NOTE: Final = re.compile(r"((?:civil|criminal)-\d{1,2}/checkpoint)|(civil|criminal)/heads")
_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_NOW: Final = {"Cache-Control": "no-cache"}


class LogRoutes:
    """Answers with files of a folder.

    Args:
        folder: in which the logs lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.routes = [Route("/log/{path:path}", self._file)]

    async def _file(self, request: Request) -> Response:
        path: str = request.path_params["path"]
        log, _, tile = path.partition("/")
        headers, media = _NOW, "text/plain; charset=utf-8"
        try:
            if note := _NOTE.fullmatch(path):
                name = note[1] or note[2]
            elif _LOG.fullmatch(log):
                name = f"{log}/{parse_path(tile).path}"
                headers, media = _FOREVER, "application/octet-stream"
            else:
                return _missing()
            data = (self._folder / name).read_bytes()
        except (OSError, ProofError):
            return _missing()
        return Response(data, headers=headers, media_type=media)


def _missing() -> Response:
    return problem_response(ProblemError(404, "no_such_file", "another path", "a file of the log"))
