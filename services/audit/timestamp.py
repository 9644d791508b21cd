"""Time stamps of others over a checkpoint (RFC 3161): that it was there at an instant, whoever runs the bus.

The authority's certificates come from who checks; they have to be good at the instant that the token says.
"""

from __future__ import annotations

import hashlib
import math
from datetime import timedelta
from typing import Final

from cryptography import x509
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
from rfc3161_client.tsp import Accuracy, TimeStampTokenInfo

from contracts.errors import ProofError

MAX_TOKEN_BYTES: Final = 65_536
MAX_ROOTS_BYTES: Final = 262_144
_DIGESTS: Final = (hashlib.sha256, hashlib.sha384, hashlib.sha512)
_DIFFERS: Final = "Mismatch between messages"  # the library's word for another imprint


def check_imprint(token: bytes, over: bytes) -> None:
    """That an answer says of itself that it is over some bytes, whoever gave it.

    Raises:
        ProofError: `too_large`, `timestamp_malformed`, `timestamp_differs`.
    """
    _check_sizes(token, b"")
    try:
        imprint = decode_timestamp_response(token).tst_info.message_imprint.message
    except ValueError:
        raise _malformed() from None
    if imprint not in {hashed(over).digest() for hashed in _DIGESTS}:
        raise ProofError("timestamp_differs", "another", "", "timestamp")


def check_timestamp(token: bytes, over: bytes, roots: bytes) -> int:
    """When bytes were there at the latest, by an authority's answer: seconds since 1970.

    Its status, chain, signature and purpose are verified, and what it is over. By as much as it says that its clock
    may be wrong (`accuracy`, RFC 3161 §2.4.2) it is later, to the next whole second.

    Args:
        token: `TimeStampResp`, DER.
        over: the bytes that it must be of, by SHA-256, SHA-384 or SHA-512.
        roots: certificates that are believed, PEM.

    Raises:
        ProofError: `too_large`, `timestamp_malformed`, `timestamp_differs`, `timestamp_untrusted`.
    """
    _check_sizes(token, roots)
    try:
        response = decode_timestamp_response(token)
        told = response.tst_info
        builder = VerifierBuilder(roots=x509.load_pem_x509_certificates(roots))
        builder.build().verify_message(response, over)
        latest = told.gen_time + _accuracy(told)
    except VerificationError as error:
        is_other = str(error) == _DIFFERS
        code = "timestamp_differs" if is_other else "timestamp_untrusted"
        raise ProofError(code, "another" if is_other else "", "", "timestamp") from None
    except (OverflowError, ValueError):
        raise _malformed() from None
    return math.ceil(latest.timestamp())


def _accuracy(told: TimeStampTokenInfo) -> timedelta:
    """By how much an authority says that its clock may be wrong; nothing where it does not say."""
    stated: Accuracy | None = told.accuracy
    if stated is None:
        return timedelta()
    return timedelta(
        seconds=stated.seconds or 0,
        milliseconds=stated.millis or 0,
        microseconds=stated.micros or 0,
    )


def _check_sizes(token: bytes, roots: bytes) -> None:
    if len(token) > MAX_TOKEN_BYTES or len(roots) > MAX_ROOTS_BYTES:
        sizes = f"{len(token)} and {len(roots)} bytes"
        raise ProofError(
            "too_large", sizes, f"{MAX_TOKEN_BYTES} and {MAX_ROOTS_BYTES}", "timestamp"
        )


def _malformed() -> ProofError:
    form = "an RFC 3161 answer and certificates in PEM"
    return ProofError("timestamp_malformed", "another form", form, "timestamp")
