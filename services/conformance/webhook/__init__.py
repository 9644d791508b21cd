"""The cases of a receiver of webhooks (webhooks §2, §3): what is posted to it, and what it must answer."""

from __future__ import annotations

from typing import Final

from services.conformance.webhook import good, hostile
from services.conformance.webhook.posting import WebhookCase

WEBHOOK: Final[tuple[WebhookCase, ...]] = (*good.CASES, *hostile.CASES)
