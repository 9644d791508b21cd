"""The cases of who speaks an agency's HTTP: what befalls it before a sandbox, and what it must do then (use §2)."""

from __future__ import annotations

from typing import Final

from services.conformance.http import reading, sending
from services.conformance.http.trial import HttpCase

HTTP: Final[tuple[HttpCase, ...]] = (*sending.CASES, *reading.CASES)
