"""The one-block HKDF against the general one."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from contracts.encoding import derive, framed


@given(st.binary(min_size=1, max_size=100), st.text(max_size=20), st.integers(1, 32))
def test_our_one_block_of_hkdf_is_rfc_5869(secret: bytes, field: str, length: int) -> None:
    """Extract with the empty salt and expand once equals the library's HKDF."""
    info = framed("relais", "label", field)

    expected = HKDF(SHA256(), length, salt=None, info=info).derive(secret)

    assert derive(secret, "label", field, length=length) == expected
