"""Records that no honest client would write, made of valid ones; of one seed always the same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from contracts.encoding import b64u, digest, unb64u
from contracts.envelope.wire import Inbound
from contracts.keys.jose import sign_text
from contracts.keys.keyring import Signer
from contracts.vocabulary.scopes import REALMS
from tests.contracts.log.first_orders import OWNER
from tests.world import realm_keys

HUGE: Final = 2**80
DEEP: Final = 20_000
ODD: Final[Sequence[Any]] = (
    None, True, -1, 0, 1.5, 2**53 - 1, HUGE, "", "x" * 300, "criminal", "civil", "\u0000é", [], {},
    [[[[]]]], {"a": {"b": {}}}, ["x"], [None], "urn:relais:criminal:desk:nobody",
    "urn:relais:civil:router",
)  # fmt: skip
DESKS: Final = ("edu-s", "crip", "pol", "nobody")
DIGEST: Final = 43  # characters
Headers = tuple[tuple[str, bytes | None], ...]


def hostile(
    rows: Sequence[Inbound], count: int, seed: str, *, by_router: bool = False
) -> Iterator[Inbound]:
    """So many records, each a valid one that was changed in some way."""
    chance, keys = random.Random(seed), _signers(by_router=by_router)
    for _ in range(count):
        change = chance.choice(CHANGES)
        yield change(chance.choice(rows), chance, keys)


def _signers(*, by_router: bool) -> dict[str, Signer]:
    """Whoever signs on either bus, by key id and realm: a desk's key is a hostile desk's."""
    found: dict[str, Signer] = {OWNER.kid: OWNER}
    for name in REALMS:
        keys = realm_keys(name)
        found[keys.keeper.kid] = keys.keeper
        for signer in (*keys.signers.values(), *([keys.router] if by_router else [])):
            found[f"{name} {signer.kid}"] = signer
    return found


def _flipped(row: Inbound, chance: random.Random, _keys: Mapping[str, Signer]) -> Inbound:
    """Bits that fell over."""
    value = bytearray(row.value or b"{}")
    for _ in range(chance.choice((1, 1, 8))):
        value[chance.randrange(len(value))] ^= 1 << chance.randrange(8)
    return replace(row, value=bytes(value))


def _cut(row: Inbound, chance: random.Random, _keys: Mapping[str, Signer]) -> Inbound:
    """Half of it, or all of it twice."""
    value = row.value or b""
    at = chance.randrange(len(value) + 1)
    return replace(row, value=chance.choice((value[:at], value[at:], value + value)))


def _no_event(row: Inbound, chance: random.Random, _keys: Mapping[str, Signer]) -> Inbound:
    """Nothing, or nothing like it: null, empty, not UTF-8, nested deeply, of huge numbers."""
    values = (
        None, b"", b"\xff\xfe", b"null", b"[]", b"{}", b"[" * DEEP, b'{"a":' * DEEP,
        b'[["x"]]', b'["a.b.c"]', str(HUGE).encode(), b'{"data":{"notice":7}}',
        b'{"data":{"cover":[]}}',
    )  # fmt: skip
    return replace(row, value=chance.choice(values))


def _shell(row: Inbound, chance: random.Random, _keys: Mapping[str, Signer]) -> Inbound:
    """Another key, other headers."""
    headers: Sequence[Headers] = (
        (), (("content-type", None),), row.headers * 20, (*row.headers, ("idem", b"\xff{")),
        (*row.headers, ("idem", b'{"body":"x","key":"y"}')), (*row.headers, ("unsent", b"\xff")),
        (*row.headers, ("blank", b'{"desk":7,"n":"x"}')), (("\ufffd", b"x" * 5000), *row.headers),
    )  # fmt: skip
    key = chance.choice((row.key, None, b"", b"\xff" * 50, b"A" * 43))
    value = chance.choice((row.value, row.value, b""))
    return replace(row, key=key, value=value, headers=chance.choice(headers))


def _member(row: Inbound, chance: random.Random, _keys: Mapping[str, Signer]) -> Inbound:
    """A member of its shell that is gone or is something else; of a directory, its claims'."""
    if _is_token(row):
        return _signed(row, chance, _keys)
    return replace(row, value=_text(changed(json.loads(row.value or b"{}"), chance)))


def _signed(row: Inbound, chance: random.Random, keys: Mapping[str, Signer]) -> Inbound:
    """A token whose claims are others, signed by the very key that has signed it before."""
    if _is_token(row):
        return replace(row, value=_resigned((row.value or b"").decode(), chance, keys, "").encode())
    shell = json.loads(row.value or b"{}")
    if isinstance(shell, list):  # an order
        return replace(row, value=_text([_resigned(one, chance, keys, "") for one in shell]))
    data = shell.get("data", {})
    names = [one for one in ("cover", "notice", "receipt", "slip") if one in data]
    if not names:
        return _flipped(row, chance, keys)
    name, realm = chance.choice(names), row.topic.split(".")[1]
    data[name] = _resigned(data[name], chance, keys, f"{realm} ")
    key = digest(data[name]).encode() if name == "cover" else row.key
    return replace(row, key=key, value=_text(shell))


def _is_token(row: Inbound) -> bool:
    """Whether a record is a directory of control, which has no shell."""
    return (row.value or b"").startswith(b"ey")


def _resigned(token: str, chance: random.Random, keys: Mapping[str, Signer], of: str) -> str:
    head, payload, _ = token.split(".")
    header, claims = json.loads(unb64u(head)), changed(json.loads(unb64u(payload)), chance)
    signer = keys.get(of + header["kid"])
    if signer is None:  # nobody here has it: another's signature stands under it
        return f"{head}.{b64u(_text(claims))}.{token.rpartition('.')[2]}"
    return sign_text(_text(claims), header["typ"], signer)


def changed(value: Any, chance: random.Random) -> Any:
    """A JSON value with one member taken out, put twice, or replaced by something odd."""
    places = list(_places(value))
    if not places:
        return chance.choice(ODD)
    holder, name = chance.choice(places)
    how = chance.randrange(4)
    if how == 0:
        del holder[name]
    elif how == 1 and isinstance(holder, list):
        holder.append(holder[name])
    elif how == 2 and isinstance(holder[name], int):
        holder[name] += chance.choice((-1, 1, 60, 10**9, 2**53))
    elif how >= 2 and isinstance(holder[name], str):
        holder[name] = _another(holder[name], chance)
    else:
        holder[name] = chance.choice(ODD)
    return value


def _another(text: str, chance: random.Random) -> str:
    """A text of the same form that says something else: another bus, desk or digest."""
    if "civil" in text or "criminal" in text:
        bus = ("civil", "criminal") if "civil" in text else ("criminal", "civil")
        there, desk = text.replace(*bus), chance.choice(DESKS)
        return chance.choice((there, there, text.replace(text.rpartition(":")[2], desk)))
    return text[::-1] if len(text) == DIGEST else chance.choice((text.upper(), text + "x"))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member of every object and list, with what holds it."""
    if isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, name
            yield from _places(item)


def _text(value: Any) -> bytes:
    """As an honest client writes it, but for what orjson has no number for."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


Change = Callable[[Inbound, random.Random, Mapping[str, Signer]], Inbound]
CHANGES: Final[Sequence[Change]] = (_flipped, _cut, _no_event, _shell, _member, _signed, _signed,
_signed)  # fmt: skip
