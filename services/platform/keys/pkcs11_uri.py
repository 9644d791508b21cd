"""The URI of a key in a device (RFC 7512), as far as Relais takes it.

    pkcs11:token=relais;object=crip-sig-1?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin

The device by `token` or `serial`, the key by `object` or `id`, both of each if need be. What is not
here is refused, rather than passed by: it would have told keys apart. A PIN in the URI is refused too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from contracts.errors import UsageError
from services.texts import Catalogue

_ = Catalogue(__name__)

_SCHEME: Final = "pkcs11:"
_PATH: Final = frozenset({"token", "serial", "object", "id", "type"})
_QUERY: Final = frozenset({"module-path", "pin-source"})


class DevicePlace(NamedTuple):
    """Where keys lie behind one login.

    Attributes:
        module: the device's library.
        token, serial: of the token, empty if it is not asked for.
        pin: file of the PIN.
    """

    module: Path
    token: str
    serial: str
    pin: Path


class KeyName(NamedTuple):
    """A key of a token.

    Attributes:
        label, ident: empty if they are not asked for.
    """

    label: str
    ident: bytes


def parsed(uri: str, kid: str) -> tuple[DevicePlace, KeyName]:
    """What a URI names.

    Args:
        kid: of the key, for errors: they never show a URI.

    Raises:
        UsageError: `signer_malformed`, `pin_in_uri`.
    """
    path, _mark, query = uri.removeprefix(_SCHEME).partition("?")
    asked = {
        **_attributes(path, ";", _PATH, kid),
        **_attributes(query, "&", _QUERY, kid),
    }
    if not (asked.get("token") or asked.get("serial")):
        raise _malformed(kid, "token=…")
    if not (asked.get("object") or asked.get("id")) or asked.get("type", b"private") != b"private":
        raise _malformed(kid, "object=…")
    module = Path(_text(asked, "module-path", kid))
    if not module.is_absolute():
        raise _malformed(kid, "module-path=/…")
    place = DevicePlace(
        module, _text(asked, "token", kid), _text(asked, "serial", kid), _pin_file(asked, kid)
    )
    return place, KeyName(_text(asked, "object", kid), asked.get("id", b""))


def _attributes(text: str, between: str, known: frozenset[str], kid: str) -> dict[str, bytes]:
    attributes: dict[str, bytes] = {}
    for pair in filter(None, text.split(between)):
        name, equals, value = pair.partition("=")
        if name == "pin-value":
            raise UsageError("pin_in_uri", _("a PIN"), "pin-source=file:/…", kid)
        if not equals or name not in known or name in attributes:
            raise _malformed(kid, ", ".join(f"{name}=…" for name in sorted(known)))
        attributes[name] = unquote_to_bytes(value)
    return attributes


def _text(asked: Mapping[str, bytes], name: str, kid: str) -> str:
    try:
        return asked.get(name, b"").decode()
    except UnicodeDecodeError:
        raise _malformed(kid, f"{name}=…") from None


def _pin_file(asked: Mapping[str, bytes], kid: str) -> Path:
    """`file:/…`, `file:///…`, or the bare path, as RFC 7512 §2.4 has them."""
    parts = urlsplit(_text(asked, "pin-source", kid))
    path = Path(parts.path)
    if parts.scheme not in ("", "file") or parts.netloc or not path.is_absolute():
        raise _malformed(kid, "pin-source=file:/…")
    return path


def _malformed(kid: str, expected: str) -> UsageError:
    return UsageError("signer_malformed", _("another URI"), expected, kid)
