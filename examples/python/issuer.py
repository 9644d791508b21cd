"""How a desk makes an event of a draft: sealed parts, a slip an addressee, a cover (envelope §1, §3, §4)."""

import secrets

from joserfc import jwe, jws

from recipient import BODIES, JWE, TOKENS, Desk, check_body, valid
from wire import b64u, canonical, demand, digest, event_id, instant, jwk, parse, part_digest, partition_of, unb64u

CONTENT = ("content-type", "application/cloudevents+json")
CLAIMS = ("ends", "phase", "final", "stage", "decided_on", "received_on", "ends_on", "due", "declared", "left_out")
SEEN = ("call", "auth", "danger")
TO_NOBODY = ("LINK", "UNLINK", "LOOKUP", "PING")


class Issuer(Desk):
    """A desk that issues: the one writer of its covers (envelope §6.6)."""

    def __init__(self, folder, control, opened=None):
        super().__init__(folder, control, opened)
        self.realm, self.secret = self.settings["realm"], (folder / "routing.secret").read_bytes()
        self.outbox = f"relais.{self.realm}.outbox.{self.settings['agency']}"
        self.chains, self.answered = {}, set()

    def wrote(self, partition, token):
        """Remember a cover of this desk: the next one's `prev`, and what it has acknowledged."""
        cover = parse(unb64u(token.split(".")[1]), 128 << 10)
        if cover["iss"] == self.me:
            self.chains[partition] = digest(token)
            if cover["etype"] == "ACK":
                refs = [(ref["iss"], ref["jti"]) for entry in cover["to"] for ref in entry["re"]]
                self.answered.update((*ref, cover["stage"]) for ref in refs)

    def event(self, draft, at, convd, partitions):
        """Id and cover of a draft, and its record as text (docs/specification/README.md, twelve steps)."""
        desks = [to["desk"] for to in draft["to"]]
        demand(at < self.directory.expires, "directory_expired")
        demand(len({*desks}) == len(desks), "desk_twice")
        demand(bool(desks) != (draft["etype"] in TO_NOBODY), "wrong_addressees")
        demand(all("purpose" in to for to in draft["to"]), "no_purpose")
        jti, sub, etype = event_id(at), draft["case"], draft["etype"]
        if etype in BODIES["events"]:  # the bus's own events everybody reads (keys §2.2)
            rows = [self.directory.desks.get(desk, {}) for desk in desks]
            demand(all(f"{etype}/1" in row.get("reads", [f"{etype}/1"]) for row in rows), "not_read")
        partition = partition_of(self.secret, self.realm, sub, partitions)
        cover = {
            "aud": self.directory.router, "convd": convd, "etype": etype,
            "exp": at + 7 * 86400, "iat": at, "iss": self.me, "jti": jti, "realm": self.realm, "sub": sub, "to": [],
            **{name: draft[name] for name in CLAIMS if name in draft},
        }  # fmt: skip
        common = {name: cover[name] for name in cover if name not in ("aud", "to", "declared", "left_out")}
        if seen := {name: text for name, text in draft.get("declared", {}).items() if name in SEEN}:
            common["declared"] = seen
        slips, parts = [], []
        for to in draft["to"]:
            for cat, body in to.get("bodies", {}).items():
                check_body(etype, cat, body)
            sealed = [self.seal(jti, to, cat, body, at) for cat, body in to.get("bodies", {}).items()]
            entry = {name: to[name] for name in ("desk", "purpose", "re") if name in to}
            entry |= {"parts": sorted(map(part_digest, sealed))} if sealed else {}
            slip = {name: text for name, text in entry.items() if name != "desk"} | {"aud": to["desk"]}
            valid(TOKENS, {"$ref": "#/$defs/Slip"}, common | slip, "slip_malformed")
            slips.append(self.sign(common | slip, "referral-slip+jwt", at))
            cover["to"].append(entry | {"slip": digest(slips[-1])})
            parts += sealed
        if partition in self.chains:
            cover["prev"] = self.chains[partition]
        token = self.sign(cover, "referral-cover+jwt", at)
        value = {
            "data": {"cover": token, "parts": parts, "slips": slips}, "datacontenttype": "application/json", "id": jti,
            "source": self.me, "specversion": "1.0", "subject": sub, "time": instant(at),
            "type": f"relais.event.{etype}",
        }  # fmt: skip
        record = {"topic": self.outbox, "partition": partition, "key": digest(token), "headers": [CONTENT]}
        text = canonical(value).decode()
        demand(len(text) <= 1 << 20, "too_large")  # of what is longer no router says anything (envelope §2.7)
        return jti, token, record | {"value": text}

    def seal(self, jti, to, cat, body, at):
        """A part (envelope §3)."""
        kid, key = self.directory.sealing_key(to["desk"], to["retention"], at)
        inner = {"body": body, "cat": cat, "evt": jti, "iss": self.me, "pad": "", "salt": b64u(secrets.token_bytes(16))}
        inner["pad"] = "0" * (-len(canonical(inner)) % 512)
        plaintext = canonical(inner)
        header = {
            "alg": "ECDH-ES+A256KW", "aud": to["desk"], "cat": cat, "cty": "json", "enc": "A256GCM", "evt": jti,
            "iss": self.me, "kid": kid, "pth": digest(plaintext), "typ": "referral-part+jwe",
        }  # fmt: skip
        return jwe.encrypt_compact(header, plaintext, jwk(key), registry=JWE)

    def sign(self, claims, typ, at):
        """A token by the newest valid key of this desk (keys §1.1)."""
        mine = [key for key in self.signing if key["not_before"] <= at < self.directory.keys[key["kid"]]["not_after"]]
        key = max(mine, key=lambda one: one["not_before"])
        header = {"alg": key["alg"], "kid": key["kid"], "typ": typ}
        return jws.serialize_compact(dict(sorted(header.items())), canonical(claims), jwk(key), algorithms=[key["alg"]])
