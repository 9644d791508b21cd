"""A foreign recipient, stock npm `jose`, reads what we deliver and refuses what is hostile."""

from __future__ import annotations

import json
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from contracts.encoding import b64u, canonical, digest, unb64u
from contracts.envelope.limits import SLIP
from contracts.envelope.part import padded
from contracts.errors import EnvelopeError
from contracts.keys.jose import sign_jws
from tests.contracts.envelope import kit
from tests.contracts.envelope.inbox import (
    delivered,
    hand_sealed,
    inner,
    own_part,
    published,
    read,
    receipt,
    under_receipt,
    value,
)
from tests.patience import PATIENCE

FOLDER = Path(__file__).parents[2] / "node"


def foreign_keys() -> dict[str, Any]:
    """The directory's signing keys and the CRIP's private ones, as JWKs (RFC 8037)."""
    directory = kit.realm().directory
    signing = [
        {"kty": "OKP", "crv": "Ed25519", "kid": key.kid, "alg": key.alg, "owner": key.owner,
         "x": b64u(key.public)}
        for key in directory.signing.values()
    ]  # fmt: skip
    private = [
        {"kty": "OKP", "crv": "X25519", "kid": key.kid, "alg": key.alg, "x": b64u(key.public),
         "d": b64u(kit.sealing(key.kid).private_bytes_raw())}
        for key in directory.encryption.values()
        if key.owner == kit.realm().urn("crip")
    ]  # fmt: skip
    return {
        "desk": kit.realm().urn("crip"), "router": kit.realm().router.owner,
        "keys": signing, "private": private,
    }  # fmt: skip


def ask(node: Path, cases: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """What the foreign recipient says of each value."""
    question = foreign_keys() | {
        "cases": [{"name": name, "value": case.decode()} for name, case in cases.items()]
    }
    done = subprocess.run(
        [str(node), "open_delivery.mjs"],
        cwd=FOLDER,
        input=json.dumps(question).encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return {answer["name"]: answer for answer in json.loads(done.stdout)}


def shell(**changes: Any) -> bytes:
    """The sound delivery in another shell, or with other data."""
    event = orjson.loads(kit.deliver(published(), "crip").value)
    event["data"] |= changes.pop("data", {})
    return canonical(event | changes)


def resigned(which: str, **header: Any) -> bytes:
    """Slip or receipt under another header, with the key's good signature."""
    head, payload, _ = delivered()[which].split(".")
    text = f"{b64u(canonical(orjson.loads(unb64u(head)) | header))}.{payload}"
    own = kit.realm().router if which == "receipt" else kit.realm().signers["edu-s"]
    return value(delivered() | {which: f"{text}.{b64u(own.sign(text.encode()))}"})


def flipped(token: str, segment: int) -> str:
    """One bit of one segment."""
    pieces = token.split(".")
    data = bytearray(unb64u(pieces[segment]))
    data[len(data) // 2] ^= 1
    pieces[segment] = b64u(bytes(data))
    return ".".join(pieces)


def respelt(token: str) -> str:
    """The same bytes with other trailing bits, which `jose` by itself accepts."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


@lru_cache
def hostile() -> dict[str, bytes]:
    """Every hostile delivery (envelope §8), by name."""
    sound, other, parquet = delivered(), delivered("other"), delivered(desk="parq-civ")
    foreign = published("other").event.cover.jti
    notice = orjson.loads(kit.notify(kit.notice_claims(published())).value)["data"]["notice"]
    claims = orjson.loads(unb64u(sound["slip"].split(".")[1]))
    school = kit.realm().signers["edu-s"]
    by_police = sign_jws(claims, SLIP, kit.realm().signers["pol"])
    retyped = sign_jws(claims, "referral-cover+jwt", school)
    found = {
        "swapped part": value(sound | {"parts": [other["parts"][0], *sound["parts"][1:]]}),
        "stripped part": value(sound | {"parts": sound["parts"][1:]}),
        "another event's slip": value(sound | {"slip": other["slip"]}),
        "another desk's delivery": value(parquet),
        "another desk's receipt": value(sound | {"receipt": parquet["receipt"]}),
        "changed type": shell(type="relais.event.IP"),
        "changed subject": shell(subject="A" * 43),
        "changed id": shell(id=foreign),
        "changed source": shell(source="urn:relais:civil:desk:pol"),
        "changed time": shell(time="2026-11-24T10:00:01Z"),
        "receipt as slip": shell(data={"slip": sound["receipt"]}),
        "notice as receipt": shell(data={"receipt": notice}),
        "cover as slip": shell(data={"slip": kit.three_addressees().cover}),
        "published form": kit.three_addressees().value(),
        "expiry": value(sound | {"receipt": receipt(iat=kit.NOW + 8 * kit.DAY)}),
        "receipt by a desk": value(
            sound | {"receipt": kit.sign_receipt(kit.receipt_claims(published(), "crip"), school)}
        ),
        "part of another event": under_receipt(own_part(evt=foreign)),
        "part of another issuer": under_receipt(own_part(iss="urn:relais:civil:desk:pol")),
        "part for another desk": under_receipt(own_part(desk="pol")),
        "unlisted part": under_receipt(own_part(), listed=False),
        "re-encrypted forward": under_receipt(hand_sealed(padded(inner(evt=foreign)))),
        "claimed authorship of a part": under_receipt(
            hand_sealed(padded(inner(iss="urn:relais:civil:desk:pol")))
        ),
        "claimed authorship of a slip": value(
            sound | {"slip": by_police, "receipt": receipt(slip=digest(by_police))}
        ),
        "false commitment": under_receipt(hand_sealed(padded(inner()), pth=digest("another"))),
        "token of another typ": value(
            sound | {"slip": retyped, "receipt": receipt(slip=digest(retyped))}
        ),
        "respelt part": shell(data={"parts": [respelt(one) for one in sound["parts"]]}),
    }
    for which in ("slip", "receipt"):
        found[f"respelt {which}"] = shell(data={which: respelt(sound[which])})
        found |= {
            f"{which} alg {alg}": resigned(which, alg=alg) for alg in ("none", "EdDSA", "HS256")
        }
        found |= {
            f"{which} bit {segment}": shell(data={which: flipped(sound[which], segment)})
            for segment in range(3)
        }
    for segment in range(5):
        changed = [flipped(sound["parts"][0], segment), *sound["parts"][1:]]
        found[f"part bit {segment}"] = shell(data={"parts": changed})
        found[f"part bit {segment} under receipt"] = under_receipt(flipped(own_part(), segment))
    return found


def test_stock_jose_opens_what_we_deliver(node: Path) -> None:
    """Slip and receipt verify, each part opens, and the bodies are ours."""
    cases = {"whole": kit.deliver(published(), "crip").value, "one": under_receipt(own_part())}

    answers = ask(node, cases)

    assert answers["whole"]["bodies"] == read(cases["whole"]).bodies
    assert answers["one"]["bodies"] == {"FACTS": {"text": "x"}}


def test_stock_jose_refuses_what_is_hostile(node: Path) -> None:
    """Every attack on a recipient (envelope §8), refused by both."""
    answers = ask(node, hostile())

    assert [name for name, answer in answers.items() if "refused" not in answer] == []
    assert len(answers) == len(hostile()) >= 50


def test_we_refuse_what_is_hostile() -> None:
    """The same attacks against our own recipient: none passes."""
    passed = []
    for name, attack in hostile().items():
        try:
            read(attack)
        except EnvelopeError:
            continue
        passed.append(name)

    assert passed == []
