"""What the owners say: tokens and their keys, the directory of keys §2, orders on control (log §6)."""

import datetime as dt
import json
import sys

from wire import Refused, canonical, demand, demand_signed, digest, frames, parse, unb64u

DAY = 86400


def verified(token, typ, keys, limit, at="iat"):
    """The claims of a token and its key's owner (envelope §4.1, §7 steps 3 to 5); `at`: by which the key is judged."""
    demand(isinstance(token, str), "wrong_data")
    demand(len(token) <= limit, "too_large")
    segments = token.split(".")
    head, payload, *tail = [unb64u(one) for one in segments]
    demand(len(tail) == 1, "wrong_segments")
    header, claims = parse(head, 1024), parse(payload, limit)
    key = keys.get(str(header.get("kid")))
    demand(key is not None, "unknown_key")
    if "not_before" in key:  # pinned keys have no end
        demand(type(claims.get(at)) is int, "no_iat")
        demand(key["not_before"] <= claims[at] < key["not_after"], "key_not_valid")
    demand(header.keys() == {"alg", "kid", "typ"}, "wrong_header_keys")
    demand(header["typ"] == typ, "wrong_typ")
    demand(header["alg"] == key["alg"], "wrong_alg")
    demand_signed(key, ".".join(segments[:2]).encode(), tail[0])
    return claims, key["owner"]


class Directory:
    """The desks and keys of a realm: every entry signed by its own key, the whole by the keeper's (keys §2)."""

    def __init__(self, token, pages, keepers):
        whole, _ = verified(token, "referral-directory+jwt", keepers, 6 << 20)
        named = {digest(unb64u(page.split(".")[1])): page for page in pages}
        self.router, self.expires, self.desks, self.keys = whole["router"]["router"], whole["exp"], {}, {}
        self._add(self.router, whole["router"]["signing"])
        for name in whole["pages"]:
            demand(name in named, "page_missing")
            page, _ = verified(named[name], "referral-directory-page+jwt", keepers, 4 << 20)
            for row in page["desks"]:
                demand(row["desk"] not in self.desks, "desk_twice")
                self.desks[row["desk"]] = row
                self._add(row["desk"], row["signing"])

    def _add(self, owner, entries):
        for entry in entries:
            bare = {name: entry[name] for name in entry if name not in ("proof", "revoked", "reason", "since")}
            demand_signed(entry, frames("relais", "signing-key", owner, canonical(bare)), unb64u(entry["proof"]))
            end = min(entry["not_after"], entry.get("revoked", entry["not_after"]))
            self.keys[entry["kid"]] = {**entry, "owner": owner, "not_after": end, "term": entry["not_after"]}

    def sealing_key(self, desk, retention, at):
        """The newest key of a class that the desk itself has signed (keys §2.4, §2.6)."""
        demand(desk in self.desks, "unknown_desk")
        demand("sealing" in self.desks[desk], "no_encryption_key")
        sealing = self.desks[desk]["sealing"]
        bare = {name: sealing[name] for name in sealing if name not in ("sig", "revoked")}
        by = self.keys[sealing["by"]]
        end = min(by["not_after"], by.get("since", by["not_after"]))  # nothing of a thief's
        demand(by["owner"] == desk and by["not_before"] <= sealing["iat"] < end, "key_not_valid")
        demand_signed(by, frames("relais", "sealing-keys", desk, canonical(bare)), unb64u(sealing["sig"]))
        found = []
        for week, key in sealing["keys"].get(retention, {}).items():
            kid = f"{desk.split(':')[-1]}-{retention.lower()}-{week}"
            monday = dt.datetime.strptime(f"{week} 1 +0000", "%Gw%V %u %z").timestamp()
            if monday <= at < min(monday + 14 * DAY, sealing.get("revoked", {}).get(kid, at + 1)):
                found.append((monday, kid, {"kty": "OKP", "crv": "X25519", "x": key} if isinstance(key, str) else key))
        demand(found, "no_encryption_key")
        return max(found, key=lambda one: one[:2])[1:]


def pinned(keys):
    """Keys of the owners file, by id (keys §5.1)."""
    return {key["kid"]: key for key in keys}


class Control:
    """What the owners ordered: orders in their turn, each by its quorum (log §6).

    Args:
        folder: with `owners.json`.
        given: `directory`, `pages` and `orders` of a control that is not read from Kafka.
    """

    def __init__(self, folder, given=None):
        self.owners, self.n, self.before = json.loads((folder / "owners.json").read_bytes()), 0, None
        self.pages, self.partitions, self.directories, self.conventions, self.ends = [], None, [], [], {}
        if given:
            self.pages = given["pages"]
            self._adopt(0, given["directory"])
            for value in given.get("orders", []):
                self.read(value.encode())

    def read(self, value):
        """Take a record of control; an order that is out of turn, unsigned or not allowed changes nothing."""
        if not value.startswith(b"["):
            self.pages.append(value.decode())
            return
        try:
            self._order(value)
        except (Refused, ValueError, KeyError, IndexError) as fault:
            print(json.dumps({"order": "rejected", "reason": str(fault)}), file=sys.stderr, flush=True)

    def _order(self, value):
        tokens = json.loads(value)
        kind = parse(unb64u(tokens[0].split(".")[1]), 8 << 20)["kind"]
        orders = self.owners["orders"]
        rule = orders.get(kind) or orders["adopt_directory" if kind == "succession" else "erase"]  # keys §5.1
        signed = [verified(token, "referral-order+jwt", pinned(rule["keys"]), 8 << 20) for token in tokens]
        demand(len({token.split(".")[0] for token in tokens}) >= rule["quorum"], "quorum")
        order = signed[0][0]
        demand(all(claims == order for claims, _ in signed), "payloads_differ")
        demand((order["n"], order.get("prev")) == (self.n + 1, self.before), "out_of_turn")
        if kind == "layout":
            self.partitions = self.partitions or order["partitions"]
        elif kind == "adopt_directory":
            self._adopt(order["from"], order["directory"])
        elif kind == "adopt_convention":
            self.conventions.append((order["from"], digest(order["convention"])))
        elif kind == "succession":
            self._succession(order)
        self.n, self.before = order["n"], digest(value)

    def _adopt(self, start, token):
        self.directories.append((start, Directory(token, self.pages, pinned(self.owners["directory"]))))

    def _succession(self, order):
        """Hold a desk's end to the directory of its hour and to the desk's own word (log §6.4)."""
        directory, newest = self.in_force(self.directories, order["from"]), self.directories[-1][1]
        desk, desks = order["desk"], {order["desk"], *order["heirs"]}
        rows = [directory.desks[one] for one in desks]
        demand(len(desks) == 1 + len(order["heirs"]) and not desks & self.ends.keys(), "heir_has_heirs")
        demand(len({(row["role"], row["secrecy"]) for row in rows}) == 1, "heir_other_role")
        demand(7 * DAY <= order["until"] - order["from"] <= 180 * DAY, "until_wrong")
        if order.get("reason") != "desk_gone":
            self._consent(order, directory, newest)
        self.ends[desk] = order

    def _consent(self, order, directory, newest):
        """Hold it to a valid key of the desk, and to each that control listed for it before that one."""
        desk, start, first = order["desk"], order["from"], {}
        for place, (_, listed) in enumerate(self.directories):
            for key in listed.keys.values():
                if key["owner"] == desk:
                    first.setdefault(key["x"], (place, key | {"not_after": key["term"]}))
        waited = {x: place for x, (place, key) in first.items() if start < key["term"]}
        stolen = {key["x"] for key in newest.keys.values() if key.get("reason") == "stolen"}
        own = {first[x][1]["kid"]: first[x][1] for x in waited if x not in stolen}
        agreed = {name: order[name] for name in ("realm", "desk", "heirs", "from", "until")}
        said = [verified(token, "referral-consent+jwt", own, 8 << 10, at="from")[0] for token in order["consent"]]
        demand(said and all(claims == agreed for claims in said), "consent_wrong")
        signed = {own[parse(unb64u(token.split(".")[0]), 1024)["kid"]]["x"] for token in order["consent"]}
        valid = {key["x"] for key in directory.keys.values() if key["not_before"] <= start < key["not_after"]}
        by = min((waited[x] for x in signed & valid), default=None)
        demand(by is not None and all(x in signed for x, place in waited.items() if place < by), "consent_wrong")

    def in_force(self, orders, now):
        """What was adopted last, of what holds by now; None before anything was."""
        return next((what for start, what in reversed(orders) if start <= now), None)

    def follows(self, desk, whom, at):
        """Whether a desk is an heir of another, or an heir's heir (rules §18): whose a case is, the router knows."""
        order = self.ends.get(whom)
        if not order or order["from"] > at:
            return False
        return any(desk == heir or self.follows(desk, heir, at) for heir in order["heirs"])

    def word_fault(self, slip, at):
        """Why what a slip says is not its issuer's to say (envelope §8, step 13); None if it is."""
        issuer, order = slip["iss"], self.ends.get(slip["iss"])
        if slip["etype"] == "WITHDRAW":
            of = {ref["iss"] for ref in slip.get("re", [])} - {issuer}
            return None if all(self.follows(issuer, one, at) for one in of) else "not_own_event"
        if slip["etype"] != "ENTRUST":
            return None
        if not order or order["from"] > at:
            return "not_ending"
        return None if slip["aud"] in order["heirs"] else "not_heir"
