"""The router's checks of a published event, and the auditor's of its evidence (envelope §7).

Everything here needs the directory and no state. What needs state follows in routing: `jti` seen
before, `prev`, and the convention.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pydantic import ValidationError

from contracts.encoding import b64u, canonical, digest, partition_of, segments, unb64u
from contracts.envelope import cloudevent
from contracts.envelope.event import Event, Head, Published
from contracts.envelope.limits import COVER, MAX_COVER, MAX_SLIP, SLIP
from contracts.envelope.model import (
    CLOCK_SKEW,
    MAX_ADDRESSEES,
    MAX_PARTS,
    Claimed,
    Cover,
    common_claims,
    own_claims,
    read_claims,
)
from contracts.envelope.part import Header, check_bound, ephemeral, read_head, read_part
from contracts.envelope.shape import check_cover
from contracts.envelope.wire import Inbound
from contracts.errors import EnvelopeError
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.jose import Jws, jws_header, kid_of, open_jws
from contracts.keys.sealing_kinds import curve_of
from contracts.vocabulary.schema import router_urn  # fmt: skip
from contracts.vocabulary.topics import MAX_EVENT_BYTES, outbox

_SIGNATURE_LENGTH: Final = 86  # characters of an Ed25519 signature
Carried = Mapping[str, tuple[Head, Header]]  # P(part) -> its head, twice: value and header


@dataclass(frozen=True, slots=True)
class RouterContext:
    """What a router holds a published event against.

    Attributes:
        directory: the one in force.
        partitions: of every topic of the realm.
        accepts: whether a cover may name a convention by this digest.
        now: instant of the decision, seconds.
        arrived: instant of the first arrival of a record that was released from quarantine, by
            which its expiry is judged.
    """

    realm: str
    directory: Directory
    routing_secret: bytes = field(repr=False)
    partitions: int
    accepts: Callable[[str], bool]
    now: int
    arrived: int | None = None


def verify_published(inbound: Inbound, context: RouterContext) -> Published:
    """Verify a published event: steps 1 to 15 of envelope §7, whose numbers stand in the code.

    Raises:
        EnvelopeError: with one code a cause. After step 5, if step 8 holds, the error carries
            `cover` and `cover_token`, whatever step found it; `claimed` for `cover` if step 6 did.
        SignatureError: `bad_signature`.
    """
    # 1, 2.
    shell = cloudevent.read(
        inbound.value, inbound.headers, data=cloudevent.PUBLISHED, limit=MAX_EVENT_BYTES
    )
    token = cloudevent.text(shell.data, "cover")
    slips = cloudevent.texts(shell.data, "slips", MAX_ADDRESSEES)
    parts = cloudevent.texts(shell.data, "parts", MAX_PARTS)
    # 3, 4, 5.
    jws = open_cover(token, context.directory.signing)
    # 6.
    try:
        cover = read_claims(Cover, jws.payload, "cover")
    except EnvelopeError as error:
        error.claimed, error.cover_token = _claimed(jws), token
        raise
    try:
        check_not_stolen(context.directory, jws.key.kid, max(context.now, cover.iat))
        check_cover(cover)
        # 7.
        shell.check(cloudevent.of_event(jws.claims))
        own_digest = _check_key(inbound, token)
        # 8.
        _check_owner(jws, cover)
        # 9.
        check_times(cover, context.realm, context.now, context.arrived)
        # 10, 11, 12.
        _check_place(inbound, cover, context)
        # 13.
        own_slips = _check_slips(cover, jws, slips)
        # 14, 15.
        carried, tokens = _read_parts(parts)
        heads = check_heads(cover, carried, context.directory)
    except EnvelopeError as error:
        if jws.key.owner == cover.iss:
            error.cover, error.cover_token = cover, token
        raise
    return Published(Event(cover, token, own_digest, heads), own_slips, tokens)


def cover_from_evidence(token: str, directory: Directory) -> Cover:
    """The cover of a record's evidence: signature, schema and authorship as the router saw them.

    Raises:
        EnvelopeError: as `verify_published`, steps 2 to 6 and 8.
    """
    jws = open_cover(token, directory.signing)
    cover = read_claims(Cover, jws.payload, "cover")
    _check_owner(jws, cover)
    return cover


def claimed_from_evidence(token: str, directory: Directory) -> Claimed | None:
    """Of a malformed cover in evidence: whose it is, as the router saw it.

    Returns:
        None if it is not malformed, or does not say whose it is.

    Raises:
        EnvelopeError: as `verify_published`, steps 2 to 5.
    """
    jws = open_cover(token, directory.signing)
    try:
        read_claims(Cover, jws.payload, "cover")
    except EnvelopeError:
        return _claimed(jws)
    return None


def event_from_evidence(
    token: str, heads: Iterable[Mapping[str, str]], directory: Directory
) -> Event:
    """What was decided on, verified again without any ciphertext.

    Args:
        heads: `head` and `rest` of each part, as evidence keeps them.
        directory: the one in force when it was decided.

    Raises:
        EnvelopeError: as `verify_published`, steps 2 to 6, 8, 14 and 15.
    """
    cover = cover_from_evidence(token, directory)
    check_cover(cover)
    carried: dict[str, tuple[Head, Header]] = {}
    for at, kept in enumerate(heads):
        place = f"heads[{at}]"
        segment = segments(kept["head"], 1, place)[0]
        head, header = read_head(segment, unb64u(kept["rest"], place), place)
        carried[head.digest] = head, header
    return Event(cover, token, digest(token), check_heads(cover, carried, directory))


def check_heads(cover: Cover, carried: Carried, directory: Directory) -> tuple[Head, ...]:
    """Hold the carried parts against the cover's lists; the heads in the cover's order.

    Raises:
        EnvelopeError: `part_missing`, `part_unlisted`, `part_of_other_event`,
            `part_of_other_issuer`, `part_for_other_desk`, `unknown_key`, `key_destroyed`,
            `key_of_other_desk`, `key_not_valid`, `wrong_alg`, `wrong_epk`, `two_parts`.
    """
    heads: list[Head] = []
    taken: set[tuple[str, str]] = set()
    for desk, listed, place in _listed(cover):
        if listed not in carried:
            raise EnvelopeError("part_missing", "none", "each listed part carried", place)
        head, header = carried[listed]
        _check_head(cover, desk, header, directory, place)
        if (head.cat, head.aud) in taken:
            raise EnvelopeError("two_parts", "two", "one a scope and desk", place)
        taken.add((head.cat, head.aud))
        heads.append(head)
    if len(carried) > len({head.digest for head in heads}):
        raise EnvelopeError("part_unlisted", "one more", "each carried part listed", "parts")
    return tuple(heads)


def _listed(cover: Cover) -> Iterator[tuple[str, str, str]]:
    for at, addressee in enumerate(cover.to):
        for number, listed in enumerate(addressee.parts or ()):
            yield addressee.desk, listed, f"cover.to[{at}].parts[{number}]"


def _check_head(cover: Cover, desk: str, header: Header, directory: Directory, place: str) -> None:
    check_bound(header, cover.jti, cover.iss, desk, place)
    key = directory.encryption.get(header["kid"])
    if key is None and directory.encryption.is_destroyed(header["kid"]):
        raise EnvelopeError("key_destroyed", "a key that opens no more", "another", f"{place}.kid")
    if key is None:
        raise EnvelopeError("unknown_key", "a kid", "one of the directory", f"{place}.kid")
    if key.owner != desk:
        raise EnvelopeError("key_of_other_desk", "another's", "the desk's own", f"{place}.kid")
    if not key.not_before <= cover.iat < key.not_after:
        limit = f"{key.not_before} to {key.not_after}"
        raise EnvelopeError("key_not_valid", str(cover.iat), limit, f"{place}.kid")
    if curve_of(key.public) != header["crv"]:
        raise EnvelopeError("wrong_epk", "another curve", "the key's own", f"{place}.epk")
    ephemeral(header, place)


def check_not_stolen(directory: Directory, kid: str, now: int) -> None:
    """A thief of a key dates back what he signs: once it has ended, nothing of it is taken.

    Raises:
        EnvelopeError: `key_stolen`.
    """
    key = directory.signing[kid]
    if key.reason == "stolen" and now >= key.not_after:
        raise EnvelopeError("key_stolen", "a key that has ended", "another key", "cover.header.kid")


def open_cover(token: str, keys: Mapping[str, SigningKey]) -> Jws:
    """A cover that verifies: of a stolen key also what its owner, who had not read of it, signed.

    Raises:
        EnvelopeError, SignatureError: as `open_jws`.
    """
    try:
        return open_jws(token, COVER, keys, at=None, place="cover", limit=MAX_COVER)
    except EnvelopeError as error:
        if error.code != "key_not_valid" or (key := keys[kid_of(token)]).reason != "stolen":
            raise
    keys = {key.kid: replace(key, not_after=key.term)}
    return open_jws(token, COVER, keys, at=None, place="cover", limit=MAX_COVER)


def _claimed(jws: Jws) -> Claimed | None:
    """Whose a malformed cover is and what it is about; None if it does not say so in good form."""
    names = {name: jws.claims[name] for name in Claimed.model_fields if name in jws.claims}
    try:
        claimed = Claimed.model_validate(names)
    except ValidationError:
        return None
    return claimed if claimed.iss == jws.key.owner else None


def _check_owner(jws: Jws, cover: Cover) -> None:
    if jws.key.owner != cover.iss:
        raise EnvelopeError("claimed_authorship", "another's key", "the issuer's own", "cover.iss")


def _check_key(inbound: Inbound, token: str) -> str:
    own = digest(token)
    if inbound.key != own.encode():
        raise EnvelopeError("wrong_key", "another", "D of the cover", "key")
    return own


def _check_place(inbound: Inbound, cover: Cover, context: RouterContext) -> None:
    """Topic, partition and convention."""
    desk = context.directory.desks[cover.iss]
    if cover.realm != context.realm or inbound.topic != outbox(context.realm, desk.agency):
        raise EnvelopeError("wrong_topic", "another", "the issuer's own outbox", "topic")
    owned = partition_of(context.routing_secret, cover.realm, cover.sub, context.partitions)
    if inbound.partition != owned:
        number = str(inbound.partition)
        raise EnvelopeError("wrong_partition", number, "the case's own", "partition")
    if not context.accepts(cover.convd):
        raise EnvelopeError("unknown_convention", "another", "one in force", "cover.convd")


def check_times(cover: Cover, realm: str, now: int, arrived: int | None = None) -> None:
    """Whether a cover may be decided by this realm's router at this instant.

    Args:
        arrived: instant of its first arrival, if that was earlier: its expiry is judged by it.

    Raises:
        EnvelopeError: `wrong_audience`, `expired`, `issued_ahead`.
    """
    if cover.aud != router_urn(realm):
        raise EnvelopeError("wrong_audience", "another", "this realm's router", "cover.aud")
    arrived = now if arrived is None else arrived
    if arrived >= cover.exp:
        raise EnvelopeError("expired", f"{arrived - cover.exp} s late", "", "cover.exp")
    if cover.iat > now + CLOCK_SKEW:
        ahead = f"{cover.iat - now} s ahead"
        raise EnvelopeError("issued_ahead", ahead, f"at most {CLOCK_SKEW} s", "cover.iat")


def _check_slips(cover: Cover, jws: Jws, tokens: list[str]) -> dict[str, str]:
    """desk -> slip. A slip is compared, not verified: the cover's signature covers its digest."""
    by_digest = {}
    for at, token in enumerate(tokens):
        if len(token) > MAX_SLIP:
            size = f"{len(token)} characters"
            raise EnvelopeError("too_large", size, f"at most {MAX_SLIP}", f"slips[{at}]")
        segments(token, 3, f"slips[{at}]")
        by_digest[digest(token)] = token
    if len(by_digest) != len(tokens):
        raise EnvelopeError("slip_twice", "one twice", "each once", "slips")
    head = jws_header(jws.key.kid, jws.key.alg, SLIP)
    common = common_claims(jws.claims)
    slips = {}
    for at, addressee in enumerate(cover.to):
        place = f"cover.to[{at}].slip"
        if addressee.slip not in by_digest:
            raise EnvelopeError("slip_missing", "none", "each listed slip carried", place)
        token = by_digest[addressee.slip]
        own_head, payload, signature = token.split(".")
        if own_head != head or len(signature) != _SIGNATURE_LENGTH:
            raise EnvelopeError("slip_header", "another", "the cover's key and a slip's typ", place)
        if payload != b64u(canonical(common | own_claims(jws.claims["to"][at]))):
            raise EnvelopeError("slip_not_projection", "another payload", "the projection", place)
        slips[addressee.desk] = token
    if len(slips) != len(tokens):
        raise EnvelopeError("slip_unlisted", "one more", "each carried slip listed", "slips")
    return slips


def _read_parts(tokens: list[str]) -> tuple[Carried, dict[str, str]]:
    """By P(part): what the router can see of each part, and its token."""
    carried: dict[str, tuple[Head, Header]] = {}
    by_digest: dict[str, str] = {}
    for at, token in enumerate(tokens):
        head, header = read_part(token, f"parts[{at}]")
        if head.digest in carried:
            raise EnvelopeError("part_twice", "one twice", "each once", f"parts[{at}]")
        carried[head.digest] = head, header
        by_digest[head.digest] = token
    return carried, by_digest
