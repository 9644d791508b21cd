"""Figures as they are published: one signed token, for one reader outside the directory (rules R44, R45).

An auditor signs, who has replayed the log that it counted: nobody else both sees it and has a key
that a directory vouches for. A reader needs the directory and its topic, and nothing else of the bus.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationError

from contracts.encoding import event_id
from contracts.envelope import cloudevent
from contracts.envelope.cloudevent import Headers
from contracts.envelope.limits import MAX_STATISTICS, STATISTICS
from contracts.errors import EnvelopeError
from contracts.keys.agreement import Random
from contracts.keys.directory import Directory
from contracts.keys.jose import open_jws, sign_jws
from contracts.keys.keyring import Signer
from contracts.vocabulary import principals
from contracts.vocabulary.figures import Counts
from contracts.vocabulary.schema import (
    Closed,
    Code,
    DeskUrn,
    EventId,
    Instant,
    ReaderUrn,
    Realm,
    reader_urn,
)
from contracts.vocabulary.schema_faults import first
from contracts.vocabulary.topics import MAX_RECORD_BYTES

_DATA = frozenset({"statistics"})


class Publication(Closed):
    """The claims of a token of figures.

    Attributes:
        clause: of the convention, which lets it be published to `aud`.
    """

    iss: DeskUrn
    aud: ReaderUrn
    jti: EventId
    iat: Instant
    realm: Realm
    etype: Literal["STAT"]
    purpose: Code
    clause: Code
    counts: Counts


def publication(
    counts: Counts,
    *,
    signer: Signer,
    realm: str,
    reader: str,
    purpose: str,
    clause: str,
    at_ms: int,
    random: Random,
) -> Publication:
    """The claims of one month's figures for one reader; `iat` is the second of `at_ms`."""
    return Publication(
        iss=signer.owner,
        aud=reader_urn(realm, reader),
        jti=event_id(at_ms, random(10)),
        iat=at_ms // 1000,
        realm=realm,
        etype="STAT",
        purpose=purpose,
        clause=clause,
        counts=counts,
    )


def written(claims: Publication, signer: Signer) -> bytes:
    """The value of its Kafka record: a CloudEvent whose subject is the month."""
    token = sign_jws(claims.wire(), STATISTICS, signer)
    return cloudevent.write(_attributes(claims), {"statistics": token})


def read_publication(
    value: bytes | None, headers: Headers, directory: Directory, reader: str
) -> Publication:
    """Verify a record of a reader's topic.

    Raises:
        EnvelopeError: those of `cloudevent.read` and `open_jws`, `statistics_malformed`,
            `wrong_issuer` (no auditor of the directory), `wrong_audience`, `cloudevent_differs`.
        SignatureError: `bad_signature`.
    """
    shell = cloudevent.read(value, headers, data=_DATA, limit=MAX_RECORD_BYTES)
    token = cloudevent.text(shell.data, "statistics")
    jws = open_jws(
        token, STATISTICS, directory.signing, at=None, place="statistics", limit=MAX_STATISTICS
    )
    try:
        read = Publication.model_validate_json(jws.payload)
    except ValidationError as error:
        fault = first(error, Publication)
        raise EnvelopeError(
            "statistics_malformed", fault.got, fault.expected, f"statistics.{fault.place}"
        ) from None
    issuer = directory.desk(read.iss)
    if issuer is None or issuer.agency != principals.AUDITORS or jws.key.owner != read.iss:
        raise EnvelopeError("wrong_issuer", "another", "an auditor", "statistics.iss")
    if read.aud != reader_urn(directory.realm, reader) or read.realm != directory.realm:
        raise EnvelopeError("wrong_audience", "another reader's", "its own", "statistics.aud")
    shell.check(_attributes(read))
    return read


def _attributes(claims: Publication) -> dict[str, str]:
    return cloudevent.of_publication(claims.jti, claims.iss, claims.counts.period, claims.iat)
