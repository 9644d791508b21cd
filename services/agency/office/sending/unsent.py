"""Desks that a record was meant for and that no event names: said beside the event, in a Kafka header.

A desk that is surely withheld is no addressee of any cover, so that no notice will ever tell of it. What
the answer to the request said of it stands sealed for the agency itself in the header `unsent` of the
event beside which it was left out: whoever follows the event finds it, after a restart as well, and
neither the router nor the other bus learns of whom, nor more of how many than steps of `PAD_TO` bytes say.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import TypeAdapter

from contracts.encoding import b64u, canonical, derive, unb64u
from contracts.envelope.limits import PAD_TO
from contracts.errors import EnvelopeError
from services.agency.office.responses.standing import DeskStatus
from services.agency.office.sending.answer import AddresseeLine

UNSENT: Final = "unsent"  # name of the Kafka header
MOST: Final = 5 * PAD_TO  # bytes to seal: in a value of 3,451; other headers have 165 of 4,096
_LABEL: Final = "unsent-desks"
NONCE: Final = 12  # bytes
_STATUSES: Final = TypeAdapter(tuple[DeskStatus, ...])

Headers = Iterable[tuple[str, bytes | None]]


def statuses(lines: Iterable[AddresseeLine]) -> tuple[DeskStatus, ...]:
    """What became of the desks that no event names, as the status of the event beside it shows them."""
    told = (line.told(()) for line in lines)
    return tuple(
        DeskStatus(
            desk=one.desk,
            state="left_out",
            purpose=one.purpose,
            clause=one.clause,
            not_published=one.left_out or None,
            reasons=one.reasons or None,
            doors=one.doors or None,
            acknowledged=(),
        )
        for one in told
    )


def header(
    secret: bytes, event: str, lines: Sequence[AddresseeLine], nonce: bytes
) -> list[tuple[str, bytes]]:
    """The header of an event; none if every desk has one, or if it would be too large.

    Args:
        secret: the agency's own.
        event: id of the event: no other one's header is read as its.
        nonce: `NONCE` random bytes.
    """
    desks = statuses(lines)
    for told in (desks, tuple(_without_doors(desk) for desk in desks)):
        text = _padded(zlib.compress(canonical([one.wire() for one in told])))
        if told and len(text) <= MOST:
            sealed = _cipher(secret).encrypt(nonce, text, event.encode())
            return [(UNSENT, b64u(nonce + sealed).encode())]
    return []


def read(secret: bytes, event: str, headers: Headers) -> tuple[DeskStatus, ...]:
    """The desks of an event's header; none if it has no such header of ours."""
    value = next((value for name, value in headers if name == UNSENT), None)
    if value is None:
        return ()
    try:
        data = unb64u(value.decode())
        text = _cipher(secret).decrypt(data[:NONCE], data[NONCE:], event.encode())
        return _STATUSES.validate_json(zlib.decompressobj().decompress(text))
    except (EnvelopeError, ValueError, InvalidTag):
        return ()


def _padded(text: bytes) -> bytes:
    """A compressed text, which says itself where it ends, and zeros."""
    return text + bytes(-len(text) % PAD_TO)


def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(derive(secret, _LABEL))


def _without_doors(desk: DeskStatus) -> DeskStatus:
    return desk.model_copy(update={"doors": None})
