"""A recipient that shares no code with ours, from the kit's folder alone, and some fifty ways to break it.

`python reference.py [--fault NAME] FOLDER` prints a verdict a case. It follows envelope §8; each check is
`must(fault, …)`, and the fault of that name leaves it out. So a kit that lets a broken one pass is seen.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap
from jsonschema import Draft202012Validator

BODIES: Final = json.loads(
    (Path(__file__).parents[3] / "docs/specification/bodies.schema.json").read_text()
)
ROUTER: Final = "urn:relais:civil:router"
SLIP: Final = frozenset([
    "aud", "convd", "etype", "exp", "iat", "iss", "jti", "purpose", "realm", "sub", "parts", "re",
    "ends", "phase", "final", "stage", "decided_on", "received_on", "ends_on", "due", "declared",
])  # fmt: skip
RECEIPT: Final = frozenset([
    "aud", "clauses", "convd", "dec", "dird", "due", "iat", "iss", "nonce", "parts", "partition",
    "seq", "slip", "arrived",
])  # fmt: skip
NOTICE: Final = frozenset([
    "aud", "convd", "dec", "dird", "event", "iat", "iss", "jti", "kind", "nonce", "partition",
    "seq", "sub",
])  # fmt: skip
KINDS: Final = {"overdue": {"duty"}, "acknowledged": {"ack", "by", "duties", "stage"}}
PART: Final = frozenset(
    ["alg", "aud", "cat", "cty", "enc", "epk", "evt", "iss", "kid", "pth", "typ"]
)
PLAIN: Final = frozenset(["body", "cat", "evt", "iss", "pad", "salt"])
SHELL: Final = frozenset(
    ["data", "datacontenttype", "id", "source", "specversion", "subject", "time", "type"]
)
LONGEST: Final = 2 << 20


class RefusalError(Exception):
    """A delivery that is not taken, by its code of envelope §11."""


def b64u(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def digest(data: bytes) -> str:
    """`D`."""
    return b64u(hashlib.sha256(data).digest())


def canonical(value: Any) -> bytes:
    """`C`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def part_digest(part: str) -> str:
    """`P`."""
    head, _, rest = part.partition(".")
    return digest(hashlib.sha256(head.encode()).digest() + hashlib.sha256(rest.encode()).digest())


class Recipient:
    """A desk that reads its inbox.

    Attributes:
        faults: checks that it leaves out.
    """

    def __init__(self, folder: Path, faults: frozenset[str] = frozenset()) -> None:
        settings, desk, owners = (
            json.loads((folder / f"desk/{name}.json").read_text())
            for name in ("settings", "directory", "owners")
        )
        self.faults, self.desk = faults, settings["desk"]
        files = [json.loads(path.read_text()) for path in (folder / "desk/keys").iterdir()]
        self.private = {
            key["kid"]: x25519.X25519PrivateKey.from_private_bytes(self.unb64u(key["d"]))
            for key in files
        }
        pinned = {"not_before": 0, "not_after": 2**40}
        known = [*owners["directory"], *owners["orders"]["succession"]["keys"]]
        self.keys = {key["kid"]: key | pinned for key in known}
        whole = self.verified(desk["directory"], "referral-directory+jwt")[0]
        pages = [self.verified(page, "referral-directory-page+jwt")[0] for page in desk["pages"]]
        rows = [row | {"owner": row["desk"]} for page in pages for row in page["desks"]]
        rows.append({"owner": ROUTER, "signing": whole["router"]["signing"]})
        self.keys |= {
            key["kid"]: key | {"owner": row["owner"]} for row in rows for key in row["signing"]
        }
        self.rows = {row["owner"]: row for row in rows}
        self.ends: dict[str, dict[str, Any]] = {}
        self.read_orders(desk["orders"], owners["orders"]["succession"])
        self.begin()

    def begin(self) -> None:
        """Forget what was read."""
        self.last: dict[int, int] = {}
        self.seen: set[tuple[str, str, str]] = set()
        self.withdrawn: list[str] = []

    def must(self, fault: str, right: bool, code: str) -> None:
        if not right and fault not in self.faults:
            raise RefusalError(code)

    # --- encodings (envelope §2) -----------------------------------------------------------------

    def unb64u(self, text: str) -> bytes:
        self.must("", re.fullmatch("[A-Za-z0-9_-]*", text) is not None, "base64_not_canonical")
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        self.must("lenient_base64", b64u(data) == text, "base64_not_canonical")
        return data

    def parsed(self, data: bytes) -> dict[str, Any]:
        try:
            value = json.loads(data)
        except ValueError:
            raise RefusalError("not_json") from None
        self.must("", isinstance(value, dict), "not_an_object")
        self.must("lenient_json", canonical(value) == data, "not_canonical")
        return value  # type: ignore[no-any-return]

    # --- signatures (envelope §4.1; keys §2) ------------------------------------------------------

    def verified(self, token: str, typ: str) -> tuple[dict[str, Any], dict[str, Any]]:
        self.must("", token.count(".") == 2, "wrong_segments")
        head, body, tail = token.split(".")
        header, claims = self.parsed(self.unb64u(head)), self.parsed(self.unb64u(body))
        key = self.keys.get(header.get("kid"))
        if key is None:
            raise RefusalError("unknown_key")
        ends = min(key["not_after"], key.get("revoked", 2**40))
        ends = key["not_after"] if "ignores_revocation" in self.faults else ends
        self.must(
            "ignores_key_life",
            key["not_before"] <= claims.get("iat", key["not_before"]) < ends,
            "key_not_valid",
        )
        self.must("ignores_crit", set(header) == {"alg", "kid", "typ"}, "wrong_header_keys")
        self.must("ignores_typ", header["typ"] == typ, "wrong_typ")
        self.check_signature(key, header["alg"], f"{head}.{body}".encode(), self.unb64u(tail), typ)
        return claims, key

    def check_signature(
        self, key: dict[str, Any], alg: str, text: bytes, signature: bytes, typ: str
    ) -> None:
        if alg == "none" and "takes_none" in self.faults:
            return
        if alg == "HS256" and "takes_hmac" in self.faults:
            by = hmac.HMAC(self.unb64u(key["x"]), hashes.SHA256())
            by.update(text)
            by.verify(signature)
            return
        named = alg == key["alg"] or (alg == "EdDSA" and "takes_eddsa" in self.faults)
        self.must(
            "", named and not (alg == "ES256" and "knows_ed25519_only" in self.faults), "wrong_alg"
        )
        try:
            self.public_verify(key, text, signature)
        except InvalidSignature:
            which = "slip" if "slip" in typ else "router"
            self.must(f"ignores_{which}_signature", False, "bad_signature")

    def public_verify(self, key: dict[str, Any], text: bytes, signature: bytes) -> None:
        x = self.unb64u(key["x"])
        if key["alg"] == "Ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(x).verify(signature, text)
            return
        point = b"\x04" + x + self.unb64u(key["y"])
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
        public.verify(encode_dss_signature(r, s), text, ec.ECDSA(hashes.SHA256()))

    # --- a record (envelope §8) -------------------------------------------------------------------

    def take(self, record: dict[str, Any]) -> str:
        """Take a record; a remark, mostly empty.

        Raises:
            RefusalError: it is not taken.
        """
        shell = self.shell(record)
        data = shell["data"]
        if set(data) == {"notice"}:
            return self.take_notice(shell, record)
        self.must("", set(data) == {"parts", "receipt", "slip"}, "wrong_data")
        self.must("takes_any_number", len(data["parts"]) <= 64, "too_many")
        slip, key = self.verified(data["slip"], "referral-slip+jwt")
        self.must("any_author", key["owner"] == slip["iss"], "claimed_authorship")
        self.must("open_claims", set(slip) <= SLIP and "exp" in slip, "slip_malformed")
        self.must("", slip["realm"] == "civil", "slip_malformed")
        receipt, key = self.verified(data["receipt"], "referral-receipt+jwt")
        self.router(receipt, key)
        closed = RECEIPT - {"arrived"} <= set(receipt) <= RECEIPT
        self.must("open_claims", closed, "receipt_malformed")
        self.times(slip, receipt)
        self.same_shell(shell, slip, f"relais.event.{slip['etype']}")
        for claims in (slip, receipt):
            self.must("any_audience", claims["aud"] == self.desk, "wrong_audience")
        self.agree(slip, receipt, data)
        for part in data["parts"]:
            self.check_part(part, slip, receipt)
        self.check_word(slip, receipt["iat"])
        return self.remember(record, receipt, (slip["iss"], slip["sub"], slip["jti"]))

    def shell(self, record: dict[str, Any]) -> dict[str, Any]:
        value, headers = record["value"], record["headers"]
        self.must("", value is not None, "null_value")
        self.must("", len(value) <= LONGEST, "too_large")
        self.must("any_headers", len(headers) <= 16, "too_many_headers")
        self.must("any_headers", all(text is not None for _, text in headers), "null_header")
        types = [text.split(";")[0] for name, text in headers if name == "content-type" and text]
        self.must("any_headers", types == ["application/cloudevents+json"], "wrong_content_type")
        shell = self.parsed(value.encode())
        self.must("open_shell", set(shell) == SHELL, "wrong_event_keys")
        return shell

    def same_shell(self, shell: dict[str, Any], claims: dict[str, Any], kind: str) -> None:
        at = datetime.fromtimestamp(claims["iat"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        expected = (claims["jti"], claims["iss"], claims["sub"], at, kind)
        told = tuple(shell[name] for name in ("id", "source", "subject", "time", "type"))
        self.must("trusts_the_shell", told == expected, "cloudevent_differs")

    def router(self, claims: dict[str, Any], key: dict[str, Any]) -> None:
        by_router = key["owner"] == claims["iss"] == ROUTER
        self.must("any_router", by_router, "not_by_router")

    def times(self, slip: dict[str, Any], receipt: dict[str, Any]) -> None:
        if "open_claims" in self.faults and "exp" not in slip:
            return
        routed = receipt.get("arrived", receipt["iat"])
        if "by_todays_clock" in self.faults:
            routed = int(datetime.now(UTC).timestamp())
        self.must("ignores_expiry", routed < slip["exp"], "expired")
        self.must("ignores_expiry", slip["iat"] <= receipt["iat"] + 120, "issued_ahead")

    def agree(self, slip: dict[str, Any], receipt: dict[str, Any], data: dict[str, Any]) -> None:
        own = receipt["slip"] == digest(data["slip"].encode())
        self.must("any_slip", own, "receipt_for_other_slip")
        received = sorted(part_digest(part) for part in data["parts"])
        self.must("any_parts", receipt["parts"] == received, "parts_differ")
        listed = set(received) <= set(slip.get("parts", ()))
        self.must("unlisted_parts", listed, "part_unlisted")
        self.must("two_parts", len(self.scopes(data["parts"])) == len(received), "two_parts")

    def scopes(self, parts: list[str]) -> set[str]:
        heads = [json.loads(self.unb64u(part.split(".")[0])) for part in parts]
        return {
            f"{number if head.get('cat') is None else head['cat']}"
            for number, head in enumerate(heads)
        }

    # --- a part (envelope §3, §8) -----------------------------------------------------------------

    def check_part(self, part: str, slip: dict[str, Any], receipt: dict[str, Any]) -> None:
        self.must("", part.count(".") == 4, "wrong_segments")
        pieces = part.split(".")
        text = self.unb64u(pieces[0])
        header = json.loads(text)
        compact = len(canonical(header)) == len(text)
        self.must("lenient_json", compact, "not_compact")
        if "ordered_header_only" in self.faults and canonical(header) != text:
            raise RefusalError("wrong_header_keys")
        self.must("open_header", set(header) == PART, "wrong_header_keys")
        self.check_header(header, slip, receipt)
        plaintext = self.opened(header, pieces)
        self.must("ignores_pth", digest(plaintext) == header.get("pth"), "wrong_commitment")
        self.must("ignores_padding", len(plaintext) % 512 == 0, "plaintext_malformed")
        self.check_plaintext(self.parsed(plaintext), header, slip)

    def check_header(
        self, header: dict[str, Any], slip: dict[str, Any], receipt: dict[str, Any]
    ) -> None:
        self.must("", header["alg"] == "ECDH-ES+A256KW", "wrong_alg")
        self.must("", header["enc"] == "A256GCM", "wrong_enc")
        self.must("ignores_typ", header["typ"] == "referral-part+jwe", "wrong_typ")
        epk = header["epk"]
        self.must("", (epk["kty"], epk["crv"]) == ("OKP", "X25519"), "wrong_epk")
        self.must("", header["cat"] in BODIES["scopes"], "unknown_scope")
        self.must("any_audience", header["aud"] == self.desk, "part_for_other_desk")
        self.must("any_issuer", header["iss"] == slip["iss"], "part_of_other_issuer")
        self.must("any_event", header["evt"] == slip["jti"], "part_of_other_event")
        self.must("ignores_clauses", header["cat"] in receipt["clauses"], "scope_not_released")

    def opened(self, header: dict[str, Any], pieces: list[str]) -> bytes:
        private = self.private.get(header["kid"])
        if private is None:
            raise RefusalError("no_private_key")
        x = self.unb64u(header["epk"]["x"])
        wrapped, iv, text, tag = (self.unb64u(piece) for piece in pieces[1:])
        try:
            self.must("", int.from_bytes(x, "little") < 2**255 - 19, "cannot_open")
            self.must("", (len(wrapped), len(iv), len(tag)) == (40, 12, 16), "cannot_open")
            secret = private.exchange(x25519.X25519PublicKey.from_public_bytes(x))
            name = b"ECDH-ES+A256KW"
            info = len(name).to_bytes(4) + name + bytes(8) + (256).to_bytes(4)
            wrapping = hashlib.sha256((1).to_bytes(4) + secret + info).digest()
            content_key = aes_key_unwrap(wrapping, wrapped)
            return AESGCM(content_key).decrypt(iv, text + tag, pieces[0].encode())
        except (InvalidTag, InvalidUnwrap, ValueError):
            raise RefusalError("cannot_open") from None

    def check_plaintext(
        self, plain: dict[str, Any], header: dict[str, Any], slip: dict[str, Any]
    ) -> None:
        zeros = set(plain.get("pad", "")) <= {"0"} and len(plain.get("salt", "")) == 22
        self.must("ignores_padding", set(plain) == PLAIN and zeros, "plaintext_malformed")
        same = all(plain[name] == header[name] for name in ("cat", "evt", "iss"))
        self.must("ignores_plaintext", same, "plaintext_differs")
        cat, etype = header["cat"], slip["etype"]
        own = BODIES["events"].get(etype, {}).get(cat, BODIES["scopes"][cat])
        every = [act[cat] for act in BODIES["events"].values() if cat in act]
        passed_on = etype == "ENTRUST" and "usual_bodies_alone" not in self.faults
        schemas = [schema | {"$defs": BODIES["$defs"]} for schema in (own, *every * passed_on)]
        fits = any(Draft202012Validator(schema).is_valid(plain["body"]) for schema in schemas)
        self.must("any_body", fits, "body_malformed")

    # --- desks that end (log §6.4; rules §18) ------------------------------------------------------

    def read_orders(self, values: list[str], rule: dict[str, Any]) -> None:
        """Take the owners' orders that count, each in its turn."""
        n, last = 1, None
        for value in values:
            try:
                order = self.order(json.loads(value), rule)
                self.must("", (order["n"], order.get("prev")) == (n, last), "order_out_of_turn")
            except (RefusalError, KeyError):
                continue
            n, last = n + 1, digest(value.encode())
            self.ends[order["desk"]] = order

    def order(self, tokens: list[str], rule: dict[str, Any]) -> dict[str, Any]:
        signed = [self.verified(token, "referral-order+jwt") for token in tokens]
        order, owners = signed[0][0], {key["kid"] for key in rule["keys"]}
        by = {key["kid"] for claims, key in signed if claims == order} & owners
        self.must("any_quorum", len(by) >= rule["quorum"], "order_unsigned")
        desks = {order["desk"], *order["heirs"]}
        self.must("", not desks & self.ends.keys(), "heir_has_heirs")
        kinds = {(self.rows[one]["role"], self.rows[one]["secrecy"]) for one in desks}
        self.must("any_role", len(kinds) == 1, "heir_other_role")
        days = (order["until"] - order["from"]) / 86_400
        self.must("any_overlap", 7 <= days <= 180, "until_wrong")
        if order.get("reason") != "desk_gone" or "consent_always" in self.faults:
            agreed = {name: order[name] for name in ("realm", "desk", "heirs", "from", "until")}
            for token in order["consent"]:
                claims, key = self.verified(token, "referral-consent+jwt")
                own = key["owner"] == order["desk"] and claims == agreed
                self.must("any_consent", own, "consent_wrong")
        return order

    def follows(self, desk: str, whom: str, at: int) -> bool:
        """Whether a desk is an heir of another, or an heir's heir."""
        order = self.ends.get(whom)
        if order is None or (order["from"] > at and "orders_at_once" not in self.faults):
            return False
        heirs = order["heirs"][:1] if "first_heir_alone" in self.faults else order["heirs"]
        if "no_heirs_heir" in self.faults:
            return desk in heirs
        return desk in heirs or any(self.follows(desk, heir, at) for heir in heirs)

    def check_word(self, slip: dict[str, Any], at: int) -> None:
        by = slip["iss"]
        if slip["etype"] == "ENTRUST":
            if "knows_no_entrust" in self.faults:
                raise RefusalError("slip_malformed")
            order = self.ends.get(by, {"from": 0, "until": 2**40, "heirs": [self.desk]})
            ended = at >= order["until"] and "ends_by_the_order" in self.faults
            known = by in self.ends and order["from"] <= at
            self.must("any_entrusting", known and not ended, "not_ending")
            self.must("any_heir", self.desk in order["heirs"], "not_heir")
            if "forgets_the_original" not in self.faults:
                self.seen |= {(ref["iss"], slip["sub"], ref["jti"]) for ref in slip.get("re", ())}
        if slip["etype"] != "WITHDRAW":
            return
        for ref in slip["re"]:
            heir = self.follows(by, ref["iss"], at) and "issuer_alone" not in self.faults
            turned = "both_ways" in self.faults and self.follows(ref["iss"], by, at)
            self.must("any_withdrawal", by == ref["iss"] or heir or turned, "not_own_event")
            if (ref["iss"], slip["sub"], ref["jti"]) in self.seen:
                self.withdrawn.append(ref["jti"])

    # --- notices, and what is remembered (envelope §5) --------------------------------------------

    def take_notice(self, shell: dict[str, Any], record: dict[str, Any]) -> str:
        claims, key = self.verified(shell["data"]["notice"], "referral-notice+jwt")
        self.router(claims, key)
        self.must("any_notice", claims["kind"] in KINDS, "unknown_notice")
        more = KINDS.get(claims["kind"], set())
        self.must("any_notice", set(claims) == NOTICE | more, "notice_malformed")
        self.same_shell(shell, claims, f"relais.notice.{claims['kind']}")
        self.must("any_audience", claims["aud"] == self.desk, "wrong_audience")
        return self.remember(record, claims, None)

    def remember(
        self, record: dict[str, Any], claims: dict[str, Any], event: tuple[str, str, str] | None
    ) -> str:
        partition, number = record["partition"], claims["seq"]
        self.must("any_partition", claims["partition"] == partition, "wrong_partition")
        last = self.last.get(partition, 0)
        self.must("ignores_numbers", number > last, "replayed")
        self.last[partition] = max(number, last)
        self.must("takes_twice", event is None or event not in self.seen, "delivered_twice")
        if event is not None:
            self.seen.add(event)
        return "seq_gap" if number > last + 1 and "ignores_gaps" not in self.faults else ""


def verdict(recipient: Recipient, path: Path) -> dict[str, Any]:
    """The verdict on the last record of a case, as if nothing had been read before the first."""
    recipient.begin()
    said: dict[str, Any] = {}
    for line in path.read_text().splitlines():
        try:
            said = {"accepted": True, "reason": recipient.take(json.loads(line))}
            if recipient.withdrawn and "obeys_nothing" not in recipient.faults:
                said["withdrawn"] = recipient.withdrawn
        except RefusalError as refusal:
            said = {"accepted": "takes_everything" in recipient.faults, "reason": str(refusal)}
        except Exception:  # noqa: BLE001  what a broken one stumbles over it does not take
            said = {"accepted": False, "reason": "stumbled"}
        if "refuses_everything" in recipient.faults:
            said = {"accepted": False, "reason": "unknown_key"}
    return {"case": path.stem} | said


def verdicts(folder: Path, faults: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """The verdicts on a folder of the kit."""
    recipient = Recipient(folder, faults)
    paths = sorted((folder / "deliveries").iterdir())
    return [verdict(recipient, path) for path in paths]


if __name__ == "__main__":
    named = (
        frozenset(sys.argv[sys.argv.index("--fault") + 1 :][:1])
        if "--fault" in sys.argv
        else frozenset()
    )
    for line in verdicts(Path(sys.argv[-1]), named):
        print(json.dumps(line))  # noqa: T201
