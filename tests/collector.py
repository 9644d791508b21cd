"""A collector of traces for tests: OTLP over HTTP, JSON encoding; keeps every byte that it was sent."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Collector:
    """Listens while the block lasts.

    Attributes:
        raw: bodies as they came.
    """

    def __init__(self, status: int = 200) -> None:
        self.raw: list[bytes] = []
        kept = self.raw

        class Handler(BaseHTTPRequestHandler):
            """Keeps bodies of `/v1/traces`."""

            def do_POST(self) -> None:
                """Keep and answer."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/v1/traces":
                    kept.append(body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What `RELAIS_OTLP` is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def _resources(self) -> list[dict[str, Any]]:
        return [row for body in tuple(self.raw) for row in json.loads(body)["resourceSpans"]]

    @property
    def spans(self) -> list[tuple[str, dict[str, Any]]]:
        """Every span with the service that sent it, its attributes as a plain mapping."""
        every = []
        for one in self._resources:
            (service,) = _plain(one["resource"]["attributes"]).values()
            rows = (span for scope in one["scopeSpans"] for span in scope["spans"])
            every += [(service, {**row, "attributes": _plain(row["attributes"])}) for row in rows]
        return every


def _plain(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["key"]: row["value"]["stringValue"] for row in rows}
