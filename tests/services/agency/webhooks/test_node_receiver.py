"""A receiver on Node: npm `standardwebhooks` takes what we sign, and nothing that was changed."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import pytest

from services.agency.webhooks.post import WebhookKeys, WebhookMessage
from tests.patience import PATIENCE

NODE_FOLDER: Final = Path(__file__).parents[3] / "node"
KEYS: Final = WebhookKeys(b"secret of an agency".ljust(32), "crip")
MESSAGE: Final = WebhookMessage(
    "msg_a", b'{"data":{"desk":"crip","kind":"IP"},"type":"inbox.arrival"}'
)

pytestmark = pytest.mark.node


def received(node: Path, body: str, at: float = 0) -> dict[str, Any]:
    """What the receiver says."""
    if not (NODE_FOLDER / "node_modules" / "standardwebhooks").exists():
        pytest.skip("`make setup` installs standardwebhooks")
    given = {
        "secret": KEYS.shared, "publicKey": KEYS.public, "body": body,
        "headers": KEYS.headers(MESSAGE, int(at or time.time())),
    }  # fmt: skip
    done = subprocess.run(
        (str(node), "webhook.mjs"), input=json.dumps(given), cwd=NODE_FOLDER, capture_output=True,
        text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_node_takes_our_webhooks_and_none_that_was_changed_or_is_old(node: Path) -> None:
    """By both keys, its library and Node's crypto; not a byte more, nor yesterday's, kept."""
    body = MESSAGE.body.decode()
    said = [received(node, body), received(node, body + " ")]
    said.append(received(node, body, time.time() - 86_400))

    refused = "WebhookVerificationError"
    assert [one["v1"] for one in said] == [json.loads(body), refused, refused]
    assert [one["v1a"] for one in said[:2]] == [True, False]
