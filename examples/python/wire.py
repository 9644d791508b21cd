"""The computations of docs/specification, of joserfc and Python's own `hashlib`: none of Relais' code.

Section numbers are those of the specification; what is refused is told by its code (envelope §11).
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

P = 2**255 - 19
Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
SMALL = {0, 1, P - 1, Y8, P - Y8}
CURVES = {"Ed25519": {"kty": "OKP", "crv": "Ed25519"}, "ES256": {"kty": "EC", "crv": "P-256"}}
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Refused(Exception):
    """What is not taken; its one argument is the code."""


def demand(truth, code):
    """Refuse by a code, unless."""
    if not truth:
        raise Refused(code)


def sha(data):
    """SHA-256 of bytes or of ASCII text."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).digest()


def b64u(data):
    """Base64url without padding (envelope §2.1)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text):
    """Its bytes; only of canonical text."""
    demand(
        isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_-]*", text) and len(text) % 4 != 1, "base64_not_canonical"
    )
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    demand(b64u(data) == text, "base64_not_canonical")
    return data


def canonical(value):
    """C(x) (envelope §2.2)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _object(pairs):
    demand(len({name for name, _ in pairs}) == len(pairs), "duplicate_key")
    demand(all(name.isascii() for name, _ in pairs), "value_not_allowed")
    return dict(pairs)


def _integer(text):
    demand(len(text) < 17 and 0 <= int(text) < 2**53, "value_not_allowed")
    return int(text)


def _none(_text):
    raise Refused("value_not_allowed")


def parse(data, limit, exact=True):
    """A JSON object of the profile, its size and depth looked at before (envelope §2.2, §2.7).

    Args:
        exact: whether its text must be canonical; else compact alone (envelope §3.1).
    """
    demand(len(data) <= limit, "too_large")
    depth = most = 0
    for bracket in re.sub(rb'"(?:[^"\\]|\\.)*"|[^][{}]', b"", data, flags=re.DOTALL):
        depth += 1 if bracket in b"[{" else -1
        most = max(most, depth)
    demand(most <= 16, "too_deep")
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=_object, parse_int=_integer, parse_float=_none, parse_constant=_none
        )
        text = canonical(value)
    except ValueError:
        raise Refused("not_json") from None
    demand(isinstance(value, dict), "not_an_object")
    demand(b"null" not in re.sub(rb'"(?:[^"\\]|\\.)*"', b"", data, flags=re.DOTALL), "value_not_allowed")
    demand(text == data if exact else len(text) == len(data), "not_canonical" if exact else "not_compact")
    return value


def digest(token):
    """D(token) (envelope §2.3)."""
    return b64u(sha(token))


def part_digest(part):
    """P(part) (envelope §2.3)."""
    head, _, rest = part.partition(".")
    return b64u(sha(sha(head) + sha(rest)))


def frames(*fields):
    """Each field behind its length (envelope §2.4)."""
    data = [field.encode() if isinstance(field, str) else field for field in fields]
    return b"".join(len(one).to_bytes(4, "big") + one for one in data)


def partition_of(secret, realm, token, count):
    """The partition of a case (envelope §6.3)."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    key = hmac.digest(extracted, frames("relais", "partition", realm) + b"\x01", "sha256")
    return int.from_bytes(hmac.digest(key, frames(token), "sha256")[:4], "big") % count


def instant(at):
    """The CloudEvents attribute `time` (envelope §2.5)."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def event_id(at):
    """A UUIDv7 made at an instant in seconds (envelope §2.5)."""
    bits = at * 1000 << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return str(UUID(int=bits))


def _fit(point):
    """That an Ed25519 point is of no small order and written in the one way (keys §1.3, §3)."""
    y = int.from_bytes(point, "little") & (2**255 - 1)
    return len(point) == 32 and y < P and y not in SMALL


def jwk(key):
    """A key as joserfc wants it; a directory's entry of a signing key says its alg alone (keys §2.3)."""
    members = CURVES.get(key.get("alg"), {}) | {
        name: key[name] for name in ("kty", "crv", "x", "y", "d") if name in key
    }
    return (ECKey if members["kty"] == "EC" else OKPKey).import_key(members)


def demand_signed(key, message, signature):
    """That a signature is the key's own of these bytes: the one spelling of it (keys §1.3)."""
    demand(len(signature) == 64, "bad_signature")
    if key["alg"] == "Ed25519":
        demand(_fit(unb64u(key["x"])) and _fit(signature[:32]), "bad_signature")
    else:
        demand(0 < int.from_bytes(signature[32:], "big") <= (ORDER - 1) // 2, "bad_signature")
    algorithm = jws.JWSRegistry(algorithms=[key["alg"]]).get_alg(key["alg"])
    try:
        demand(algorithm.verify(message, signature, jwk(key)), "bad_signature")
    except (ValueError, JoseError):
        raise Refused("bad_signature") from None
