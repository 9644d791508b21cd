"""What a desk does with a record of its inbox: every step of envelope §8, by the directory of keys §2.

Signing keys: Ed25519 and ES256. Keys of its own to open by, and of others to seal for: X25519 and P-256.
"""

import json
import unicodedata
from pathlib import Path

import jsonschema
from joserfc import jwe
from joserfc.errors import JoseError

from directory import verified
from wire import (
    P,
    Refused,
    canonical,
    demand,
    digest,
    instant,
    jwk,
    parse,
    part_digest,
    unb64u,
)

SPECIFICATION = Path(__file__).resolve().parents[2] / "docs" / "specification"
BODIES, TOKENS = (json.loads((SPECIFICATION / f"{name}.schema.json").read_bytes()) for name in ("bodies", "tokens"))
JWE = jwe.JWERegistry(algorithms=["ECDH-ES+A256KW", "A256GCM"], strict_check_header=False)
JWE.max_ciphertext_length = 256 << 10  # joserfc stops at 64 KiB, and a photograph alone is longer
CONSTANT = {"specversion": "1.0", "datacontenttype": "application/json"}
HEADER = {"alg", "aud", "cat", "cty", "enc", "epk", "evt", "iss", "kid", "pth", "typ"}
TOLD = ("refused", "reasons", "code", "stage", "by", "addressees")
FIXED = {"typ": "referral-part+jwe", "alg": "ECDH-ES+A256KW", "enc": "A256GCM", "cty": "json"}


def valid(schemas, place, value, code):
    """That a value fits a schema of the specification."""
    schema = {"$defs": schemas["$defs"], **place}
    demand(jsonschema.Draft202012Validator(schema).is_valid(value), code)


def check_body(etype, cat, body):
    """That a scope's content fits its schema, and hides no letters (envelope §3.4)."""
    place = BODIES["events"].get(etype, {}).get(cat, BODIES["scopes"].get(cat, False))
    demand(place, "unknown_scope")
    valid(BODIES, place, body, "body_malformed")
    unseen = {one for one in canonical(body).decode() if unicodedata.category(one) == "Cf"} - {"\u200c", "\u200d"}
    demand(not unseen, "body_malformed")


class Desk:
    """A desk, and what came to it.

    Args:
        folder: as examples/README.md says.
        control: what the owners ordered, as far as it is known.
        opened: where what was opened goes, if anywhere.
    """

    def __init__(self, folder, control, opened=None):
        self.settings = json.loads((folder / "settings.json").read_bytes())
        self.me, self.control, self.opened = self.settings["desk"], control, opened
        self.directory = control.in_force(control.directories, 0)
        keys = [json.loads(path.read_bytes()) for path in sorted(folder.glob("keys/*.json"))]
        self.signing = [key for key in keys if key["use"] == "sig"]
        self.sealing = {key["kid"]: key for key in keys if key["use"] == "enc"}
        self.last, self.delivered = {}, set()

    def take(self, partition, headers, value):
        """The verdict on a record of the inbox; and what is owed for it, as (duty's event, case, stage)."""
        try:
            return self._take(partition, headers, value)
        except Refused as fault:
            return {"accepted": False, "reason": fault.args[0]}, None

    def _take(self, partition, headers, value):
        demand(value is not None, "null_value")  # 1.
        demand(len(headers) <= 16, "too_many_headers")
        demand(all(content is not None for _, content in headers), "null_header")
        demand(sum(len(name) + len(content) for name, content in headers) <= 4096, "headers_too_large")
        try:
            texts = [(name, content.decode()) for name, content in headers]
        except UnicodeDecodeError:
            raise Refused("header_not_utf8") from None
        types = [text.partition(";")[0].strip().lower() for name, text in texts if name.lower() == "content-type"]
        demand(types == ["application/cloudevents+json"], "wrong_content_type")
        shell = parse(value, 5 << 18)
        demand(shell.keys() == {*CONSTANT, "id", "source", "subject", "time", "type", "data"}, "wrong_event_keys")
        demand(all(shell[name] == text for name, text in CONSTANT.items()), "wrong_event_type")
        data = shell["data"]
        demand(isinstance(data, dict) and set(data) in ({"notice"}, {"parts", "receipt", "slip"}), "wrong_data")
        return self._notice(partition, shell) if "notice" in data else self._delivery(partition, shell)

    def _by_router(self, token, typ, limit):
        claims, owner = verified(token, typ, self.directory.keys, limit)
        demand(owner == self.directory.router == claims.get("iss"), "not_by_router")
        return claims

    def _repeats(self, shell, claims, kind):
        wanted = {"id": "jti", "source": "iss", "subject": "sub"}
        demand(all(shell[name] == claims[claim] for name, claim in wanted.items()), "cloudevent_differs")
        demand(shell["type"] == kind and shell["time"] == instant(claims["iat"]), "cloudevent_differs")

    def _numbered(self, partition, claims):
        """Of step 12: what was never told is an alarm, and what came is taken all the same."""
        demand(claims["partition"] == partition, "wrong_partition")
        before, self.last[partition] = self.last.get(partition, 0), max(claims["seq"], self.last.get(partition, 0))
        demand(claims["seq"] > before, "replayed")
        return {"alarm": "seq_gap"} if claims["seq"] > before + 1 else {}

    def _notice(self, partition, shell):
        claims = self._by_router(shell["data"]["notice"], "referral-notice+jwt", 256 << 10)
        demand(str(claims.get("kind")) in TOKENS["notices"], "unknown_notice")
        valid(TOKENS, TOKENS["notices"][claims["kind"]], claims, "notice_malformed")
        self._repeats(shell, claims, f"relais.notice.{claims['kind']}")
        demand(claims["aud"] == self.me, "wrong_audience")
        alarm = self._numbered(partition, claims)
        said = {name: claims[name] for name in TOLD if name in claims}
        return {"accepted": True, "notice": claims["kind"], "event": claims["event"]["jti"]} | said | alarm, None

    def _delivery(self, partition, shell):
        token, parts = shell["data"]["slip"], shell["data"]["parts"]
        demand(isinstance(parts, list) and all(isinstance(part, str) for part in parts), "wrong_data")
        demand(len(parts) <= 64, "too_many")
        slip, owner = verified(token, "referral-slip+jwt", self.directory.keys, 32 << 10)  # 2.
        valid(TOKENS, {"$ref": "#/$defs/Slip"}, slip, "slip_malformed")
        demand(owner == slip["iss"], "claimed_authorship")
        receipt = self._by_router(shell["data"]["receipt"], "referral-receipt+jwt", 128 << 10)
        valid(TOKENS, {"$ref": "#/$defs/Receipt"}, receipt, "receipt_malformed")
        demand(receipt.get("arrived", receipt["iat"]) < slip["exp"], "expired")  # 3.
        demand(slip["iat"] <= receipt["iat"] + 120, "issued_ahead")
        self._repeats(shell, slip, f"relais.event.{slip['etype']}")  # 4.
        demand(slip["aud"] == self.me == receipt["aud"], "wrong_audience")  # 5.
        heads = [self._head(part) for part in parts]
        demand(receipt["slip"] == digest(token), "receipt_for_other_slip")  # 6.
        demand(receipt["parts"] == sorted(map(part_digest, parts)), "parts_differ")
        demand(len({*receipt["parts"]}) == len(parts), "parts_differ")
        demand({*receipt["parts"]} <= {*slip.get("parts", [])}, "part_unlisted")
        alarm = self._numbered(partition, receipt)  # 12.
        event = {"iss": slip["iss"], "jti": slip["jti"]}
        known = (slip["iss"], slip["jti"], slip["sub"])
        demand(known not in self.delivered, "delivered_twice")
        self.delivered.add(known)
        withdraws = slip["etype"] == "WITHDRAW"
        demand(not withdraws or all(ref["iss"] == slip["iss"] for ref in slip.get("re", [])), "not_own_event")  # 13.
        try:
            bodies = {}
            for part, head in zip(parts, heads, strict=True):
                cat, body = self._open(part, head, slip, receipt)
                demand(cat not in bodies, "two_parts")
                bodies[cat] = body
        except Refused as fault:  # its issuer is told
            said = {"accepted": False, "reason": fault.args[0], "event": slip["jti"]}
            return said | alarm, (event, slip["sub"], "unreadable")
        if self.opened:
            (self.opened / f"{slip['jti']}.json").write_bytes(canonical({"slip": slip, "bodies": bodies}))
        said = {"accepted": True, "event": slip["jti"], "scopes": sorted(bodies)} | alarm
        if withdraws:
            said["withdrawn"] = self._take_back(slip)
        due = [one for one in receipt["due"] if one["debtor"] == self.me and one["event"] == event]
        owed = [
            (one["event"], slip["sub"], one["act"][4:].split("|")[0]) for one in due if one["act"].startswith("ACK:")
        ]
        return said, owed[0] if owed else None

    def _take_back(self, slip):
        """Ids of what came and is withdrawn by this; what was opened of it goes."""
        named = [(ref["iss"], ref["jti"], slip["sub"]) for ref in slip.get("re", [])]
        gone = [one[1] for one in named if one in self.delivered]
        for event in gone if self.opened else []:
            (self.opened / f"{event}.json").unlink(missing_ok=True)
        return gone

    def _head(self, part):
        """The header of a part, its form alone (envelope §3.1)."""
        demand(len(part) <= 256 << 10, "too_large")
        head, *_ = segments = [unb64u(one) for one in part.split(".")]
        demand(len(segments) == 5, "wrong_segments")
        demand(len(part.split(".")[0]) <= 1024, "too_large")
        header = parse(head, 1024, exact=False)
        demand(header.keys() == HEADER, "wrong_header_keys")
        for name, text in FIXED.items():
            demand(header[name] == text, f"wrong_{name}")
        epk = header["epk"]
        members = {"X25519": {"crv", "kty", "x"}, "P-256": {"crv", "kty", "x", "y"}}
        demand(isinstance(epk, dict) and set(epk) == members.get(epk.get("crv")), "wrong_epk")
        demand(len(unb64u(epk["x"])) == 32 == len(unb64u(epk.get("y", epk["x"]))), "wrong_epk")
        demand(epk["crv"] != "X25519" or int.from_bytes(unb64u(epk["x"]), "little") < P, "wrong_epk")
        return header

    def _open(self, part, header, slip, receipt):
        """Scope and content of a part."""
        demand(header["aud"] == self.me, "part_for_other_desk")  # 7.
        demand(header["iss"] == slip["iss"], "part_of_other_issuer")
        demand(header["evt"] == slip["jti"], "part_of_other_event")
        demand(str(header["cat"]) in receipt["clauses"], "scope_not_released")
        key = self.sealing.get(str(header["kid"]))
        demand(key is not None, "no_private_key")
        demand(key["crv"] == header["epk"]["crv"], "wrong_alg")
        try:
            plaintext = jwe.decrypt_compact(part, jwk(key), registry=JWE).plaintext  # 8.
        except (JoseError, ValueError, TypeError):
            raise Refused("cannot_open") from None
        demand(digest(plaintext) == header["pth"], "wrong_commitment")  # 9.
        content = parse(plaintext, 256 << 10)
        demand(content.keys() == {"body", "cat", "evt", "iss", "pad", "salt"}, "plaintext_malformed")
        demand(isinstance(content["pad"], str) and not content["pad"].strip("0"), "plaintext_malformed")
        demand(len(plaintext) % 512 == 0 and len(content["pad"]) < 512, "plaintext_malformed")
        demand(isinstance(content["body"], dict), "plaintext_malformed")
        demand(len(unb64u(content["salt"])) == 16, "plaintext_malformed")
        demand(all(content[name] == header[name] for name in ("evt", "iss", "cat")), "plaintext_differs")  # 10.
        check_body(slip["etype"], header["cat"], content["body"])  # 11.
        return header["cat"], content["body"]
