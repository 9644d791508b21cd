"""A library that we do not use, as a witness: rfc8785."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.encoding import MAX_INTEGER, canonical

ASCII = st.text(st.characters(max_codepoint=127), max_size=8)
PROFILE = st.recursive(
    st.booleans() | st.integers(0, MAX_INTEGER) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ASCII, inner, max_size=4),
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(ASCII, PROFILE))
def test_canonical_equals_rfc8785(value: dict[str, Any]) -> None:
    """On our profile, orjson with sorted keys is the JSON Canonicalization Scheme."""
    assert canonical(value) == rfc8785.dumps(value)
