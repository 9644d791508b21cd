"""The CloudEvents 1.0 shell: structured JSON, Kafka protocol binding (envelope §6.1).

The shell repeats what a token says, and must equal it: code reads the tokens only. The whole value
is canonical JSON, so that there is one spelling of it and no key twice. A published and a delivered
event share `id`, `source`, `type`, `time` and `subject`; their data tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.encoding import canonical, digest, parse, rfc3339
from contracts.envelope.limits import MAX_HEADER_BYTES, MAX_HEADERS
from contracts.envelope.model import Cover
from contracts.envelope.wire import Outbound
from contracts.errors import EnvelopeError

Headers = Iterable[tuple[str, bytes | None]]

CONTENT_TYPE: Final = "content-type"
MEDIA_TYPE: Final = "application/cloudevents+json"
_CONTENT: Final = (CONTENT_TYPE, f"{MEDIA_TYPE}; charset=UTF-8".encode())
PUBLISHED: Final = frozenset({"cover", "parts", "slips"})
DELIVERED: Final = frozenset({"parts", "receipt", "slip"})
NOTICED: Final = frozenset({"notice"})
_CONSTANT: Final = {"datacontenttype": "application/json", "specversion": "1.0"}
_REPEATED: Final = ("id", "source", "subject", "time", "type")
_KEYS: Final = frozenset({"data", *_CONSTANT, *_REPEATED})


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """A shell that has the right form; nothing in it is verified yet."""

    attributes: dict[str, str] = field(repr=False)
    data: dict[str, Any] = field(repr=False)

    def check(self, expected: Mapping[str, str]) -> None:
        """Refuse a shell that does not repeat what its token says.

        Raises:
            EnvelopeError: `cloudevent_differs`, its place the attribute.
        """
        if self.attributes == expected:
            return
        name = next(name for name in _REPEATED if self.attributes[name] != expected[name])
        raise EnvelopeError("cloudevent_differs", "another value", "the token's", f"event.{name}")


def of_event(claims: Mapping[str, Any]) -> dict[str, str]:
    """The attributes that repeat a cover's or slip's claims."""
    kind = f"relais.event.{claims['etype']}"
    return _attributes(claims["jti"], claims["iss"], claims["sub"], kind, claims["iat"])


def of_notice(claims: Mapping[str, Any]) -> dict[str, str]:
    """The attributes that repeat a notice's claims."""
    kind = f"relais.notice.{claims['kind']}"
    return _attributes(claims["jti"], claims["iss"], claims["sub"], kind, claims["iat"])


def write(attributes: Mapping[str, str], data: Mapping[str, Any]) -> bytes:
    """The value of a Kafka record."""
    return canonical({**_CONSTANT, **attributes, "data": data})


def headers(**more: str) -> list[tuple[str, bytes]]:
    """The Kafka headers of a structured CloudEvent.

    Args:
        more: further headers, as text; nothing about a person, a school or a motive.
    """
    return [_CONTENT, *((name, value.encode()) for name, value in more.items())]


def delivery_message(
    topic: str, partition: int, cover: Cover, slip: str, parts: Sequence[str], receipt: str
) -> Outbound:
    """A desk's delivery: its slip, those of its parts that are released, and the receipt.

    Args:
        cover: of the same event; slip and cover agree on what the shell repeats.
        parts: tokens.
    """
    value = write(of_event(vars(cover)), {"parts": list(parts), "receipt": receipt, "slip": slip})
    return Outbound(topic, partition, digest(slip).encode(), value, headers())


def notice_message(topic: str, partition: int, payload: Mapping[str, Any], token: str) -> Outbound:
    """A desk's notice.

    Args:
        payload: the notice's claims.
        token: the same, signed.
    """
    value = write(of_notice(payload), {"notice": token})
    return Outbound(topic, partition, digest(token).encode(), value, headers())


def read(
    value: bytes | None,
    headers: Headers,
    *,
    data: frozenset[str],
    limit: int,
    or_data: frozenset[str] | None = None,
) -> CloudEvent:
    """Read the shell of a record: sizes first, then form; nothing is verified.

    Args:
        data, or_data: the exact keys of `data`; where two forms may come, of either.
        limit: most bytes of the value.

    Raises:
        EnvelopeError: `null_value`, those of `check_headers` and `encoding.parse`,
            `wrong_event_keys`, `wrong_event_type`, `wrong_data`.
    """
    if value is None:
        raise EnvelopeError("null_value", "no value", "a CloudEvent", "value")
    if len(value) > limit:
        raise EnvelopeError("too_large", f"{len(value)} bytes", f"at most {limit}", "value")
    check_headers(headers)
    shell = parse(value, limit=limit, place="event")
    if shell.keys() != _KEYS:
        raise EnvelopeError("wrong_event_keys", "others", ", ".join(sorted(_KEYS)), "event")
    inner = shell.pop("data")
    for name, text in shell.items():
        if not isinstance(text, str) or text != _CONSTANT.get(name, text):
            raise EnvelopeError("wrong_event_type", "another value", "its own", f"event.{name}")
    if not isinstance(inner, dict) or inner.keys() not in (data, or_data or data):
        raise EnvelopeError("wrong_data", "another form", ", ".join(sorted(data)), "event.data")
    return CloudEvent({name: shell[name] for name in _REPEATED}, inner)


def check_headers(headers: Headers) -> None:
    """Refuse Kafka headers that are too many, not text, or do not say structured CloudEvent.

    Raises:
        EnvelopeError: `too_many_headers`, `headers_too_large`, `null_header`, `header_not_utf8`,
            `wrong_content_type`.
    """
    size, types = 0, []
    for number, (name, value) in enumerate(headers, 1):
        if number > MAX_HEADERS:
            raise EnvelopeError("too_many_headers", "more", f"at most {MAX_HEADERS}", "headers")
        if value is None:
            raise EnvelopeError("null_header", "no value", "text", "headers")
        size += len(name) + len(value)
        if size > MAX_HEADER_BYTES:
            limit = f"at most {MAX_HEADER_BYTES} bytes"
            raise EnvelopeError("headers_too_large", "more", limit, "headers")
        try:
            text = value.decode()
            name.encode()  # a reader that tolerates bad names leaves surrogates in them
        except UnicodeError:
            raise EnvelopeError("header_not_utf8", "other bytes", "UTF-8", "headers") from None
        if name.lower() == CONTENT_TYPE:
            types.append(text.partition(";")[0].strip().lower())
    if types != [MEDIA_TYPE]:
        raise EnvelopeError("wrong_content_type", "another or none", MEDIA_TYPE, "headers")


def text(data: Mapping[str, Any], name: str) -> str:
    """A token out of `data`.

    Raises:
        EnvelopeError: `wrong_data`.
    """
    token = data[name]
    if not isinstance(token, str):
        raise EnvelopeError("wrong_data", type(token).__name__, "a token", f"event.data.{name}")
    return token


def texts(data: Mapping[str, Any], name: str, most: int) -> list[str]:
    """A list of at most `most` tokens out of `data`.

    Raises:
        EnvelopeError: `wrong_data`, `too_many`.
    """
    tokens = data[name]
    place = f"event.data.{name}"
    if not isinstance(tokens, list) or any(not isinstance(token, str) for token in tokens):
        raise EnvelopeError("wrong_data", "another form", "a list of tokens", place)
    if len(tokens) > most:
        raise EnvelopeError("too_many", str(len(tokens)), f"at most {most}", place)
    return tokens


def _attributes(id_: str, source: str, subject: str, kind: str, at: int) -> dict[str, str]:
    return {"id": id_, "source": source, "subject": subject, "type": kind, "time": rfc3339(at)}
