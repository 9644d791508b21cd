"""Time stamps of others over a checkpoint (RFC 3161): that it was there at an instant, whoever runs the bus.

The authority's certificates come from who checks; they have to be good at the instant that the token says.
"""

from __future__ import annotations

from typing import Final

from cryptography import x509
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from contracts.errors import ProofError

MAX_TOKEN_BYTES: Final = 65_536
MAX_ROOTS_BYTES: Final = 262_144
_DIFFERS: Final = "Mismatch between messages"  # the library's word for another imprint


def check_timestamp(token: bytes, over: bytes, roots: bytes) -> int:
    """When bytes were there at the latest, by an authority's answer: seconds since 1970.

    Its status, chain, signature and purpose are verified, and what it is over.

    Args:
        token: `TimeStampResp`, DER.
        over: the bytes that it must be of, by SHA-256, SHA-384 or SHA-512.
        roots: certificates that are believed, PEM.

    Raises:
        ProofError: `too_large`, `timestamp_malformed`, `timestamp_differs`, `timestamp_untrusted`.
    """
    if len(token) > MAX_TOKEN_BYTES or len(roots) > MAX_ROOTS_BYTES:
        sizes = f"{len(token)} and {len(roots)} bytes"
        raise ProofError(
            "too_large", sizes, f"{MAX_TOKEN_BYTES} and {MAX_ROOTS_BYTES}", "timestamp"
        )
    try:
        response = decode_timestamp_response(token)
        told = response.tst_info
        builder = VerifierBuilder(roots=x509.load_pem_x509_certificates(roots))
        builder.build().verify_message(response, over)
    except VerificationError as error:
        is_other = str(error) == _DIFFERS
        code = "timestamp_differs" if is_other else "timestamp_untrusted"
        raise ProofError(code, "another" if is_other else "", "", "timestamp") from None
    except ValueError:
        form = "an RFC 3161 answer and certificates in PEM"
        raise ProofError("timestamp_malformed", "another form", form, "timestamp") from None
    return int(told.gen_time.timestamp())
