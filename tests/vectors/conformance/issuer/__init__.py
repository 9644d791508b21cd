"""The cases of an issuer: name of a file -> its cases."""

from __future__ import annotations

from typing import Final

from tests.vectors.conformance.issuer import published, refused

TABLES: Final = {"published": published.CASES, "refused": refused.CASES}
