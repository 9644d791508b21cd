"""The kit for a receiver of webhooks passes who verifies, and names the fault of who does not."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.partner.conformance_posts import ask
from services.conformance.webhook import WEBHOOK
from services.conformance.webhook.posting import hook_keys
from tests.services.conformance.folder import failures
from tests.services.conformance.receiver import StockReceiver, WebhookReceiver, client

SEED: Final = "of the tests"
# A fault of a receiver -> the case that names it.
FAULTS: Final = {
    "any_signature": "signature-altered",
    "any_version": "signatures-exchanged",
    "any_time": "ten-minutes-old",
    "impatient": "four-minutes-old",
    "any_method": "asked-by-get",
    "needs_no_id": "without-id",
    "first_only": "signature-of-another-version",
    "body_only": "body-alone-signed",
    "writes_anew": "body-written-anew",
    "public_as_secret": "hmac-of-public-key",
    "undecoded_secret": "hmac-of-secrets-text",
    "empty_secret": "hmac-of-nothing",
    "prefix": "signature-cut-short",
    "refuses_again": "message-again",
    "redirects": "arrival",
    "crashes": "timestamp-no-number",
}


def failed(receiver: WebhookReceiver | StockReceiver) -> dict[str, str]:
    """Case -> fault, of those that fail."""
    said = ask("http://receiver.invalid/hook", SEED, client(receiver.status))
    lines = b"\n".join(map(orjson.dumps, said))
    return {result.case.id: result.fault for result in failures(WEBHOOK, lines)}


def settings() -> dict[str, str]:
    """What a receiver is given."""
    return hook_keys(SEED).settings()


@pytest.mark.parametrize("kind", [WebhookReceiver, StockReceiver])
def test_who_verifies_passes(kind: Any) -> None:
    """By hand, or with the standard's own library, which knows `v1` alone."""
    assert failed(kind(settings())) == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_by_the_case_that_names_it(fault: str) -> None:
    """Also a crash, a redirect and a message that comes again."""
    found = failed(WebhookReceiver(settings(), frozenset({fault})))

    assert FAULTS[fault] in found


def test_the_kit_asks_at_an_address(tmp_path: Path) -> None:
    """First the keys are written, then a receiver that trusts them is asked; the report stands beside."""
    done = CliRunner().invoke(app, ["conformance", "run", str(tmp_path), "--system", "webhook"])
    told = orjson.loads((tmp_path / "webhook.json").read_bytes())
    receiver = WebhookReceiver(told)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked = httpx.Request(
                self.command, "http://x", headers=dict(self.headers), content=body
            )
            self.send_response(receiver.status(asked))
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/hook"
        judged = CliRunner().invoke(app, ["conformance", "run", str(tmp_path), "--url", url])
        server.shutdown()

    assert (done.exit_code, judged.exit_code) == (0, 0), judged.output
    assert "récepteur de webhooks" in (tmp_path / "report.fr.html").read_text().lower()


def test_nobody_at_the_address_fails_each_case(tmp_path: Path) -> None:
    """Silence is no refusal."""
    CliRunner().invoke(app, ["conformance", "run", str(tmp_path), "--system", "webhook"])
    url = "http://127.0.0.1:1/hook"
    done = CliRunner().invoke(app, ["conformance", "run", str(tmp_path), "--url", url])
    report = orjson.loads((tmp_path / "report.json").read_bytes())

    assert done.exit_code == 1
    assert report["counts"]["failed"] == len(WEBHOOK)
