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

    def __init__(self, token, keepers):
        whole, _ = verified(token, "referral-directory+jwt", keepers, 6 << 20)
        self.router, self.expires, self.desks, self.keys = whole["router"]["router"], whole["exp"], {}, {}
        self._add(self.router, whole["router"]["signing"])
        for row in whole["desks"]:
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
        for period, key in sealing["keys"].get(retention, {}).items():
            kid = f"{desk.split(':')[-1]}-{retention.lower()}-{period}"
            begins, ends = window(period)
            if begins <= at < min(ends, sealing.get("revoked", {}).get(kid, at + 1)):
                found.append((begins, kid, {"kty": "OKP", "crv": "X25519", "x": key} if isinstance(key, str) else key))
        demand(found, "no_encryption_key")
        return max(found, key=lambda one: one[:2])[1:]


def window(period):
    """From when until when the key of a week or month is valid, seconds (keys §1.2)."""
    if "w" in period:
        begins = dt.datetime.strptime(f"{period} 1 +0000", "%Gw%V %u %z").timestamp()
        return begins, begins + 14 * DAY
    first = dt.datetime.strptime(f"{period} +0000", "%Ym%m %z")
    following = (first + dt.timedelta(days=31)).replace(day=1)
    return first.timestamp(), following.timestamp() + 7 * DAY


def pinned(keys):
    """Keys of the owners file, by id (keys §5.1)."""
    return {key["kid"]: key for key in keys}


class Control:
    """What the owners ordered: orders in their turn, each by its quorum (log §6).

    Args:
        folder: with `owners.json`.
        given: `directory` of a control that is not read from Kafka.
    """

    def __init__(self, folder, given=None):
        self.owners, self.n, self.before = json.loads((folder / "owners.json").read_bytes()), 0, None
        self.brought, self.partitions, self.directories, self.conventions = {}, None, [], []
        if given:
            self._adopt(0, given["directory"])

    def read(self, value):
        """Take a record of control; an order that is out of turn, unsigned or not allowed changes nothing."""
        if not value.startswith(b"["):
            token = value.decode()
            self.brought[digest(unb64u(token.split(".")[1]))] = token
            return
        try:
            self._order(value)
        except (Refused, ValueError, KeyError, IndexError) as fault:
            print(json.dumps({"order": "rejected", "reason": str(fault)}), file=sys.stderr, flush=True)

    def _order(self, value):
        tokens = json.loads(value)
        kind = parse(unb64u(tokens[0].split(".")[1]), 8 << 20)["kind"]
        orders = self.owners["orders"]
        rule = orders.get(kind) or orders["adopt_directory" if kind == "desk_end" else "erase"]  # keys §5.1
        signed = [verified(token, "referral-order+jwt", pinned(rule["keys"]), 8 << 20) for token in tokens]
        demand(len({token.split(".")[0] for token in tokens}) >= rule["quorum"], "quorum")
        order = signed[0][0]
        demand(all(claims == order for claims, _ in signed), "payloads_differ")
        demand((order["n"], order.get("prev")) == (self.n + 1, self.before), "out_of_turn")
        if kind == "layout":
            self.partitions = self.partitions or order["partitions"]
        elif kind == "adopt_directory":
            demand(order["directory"] in self.brought, "directory_missing")
            self._adopt(order["from"], self.brought[order["directory"]])
        elif kind == "adopt_convention":
            self.conventions.append((order["from"], digest(order["convention"])))
        self.n, self.before = order["n"], digest(value)

    def _adopt(self, start, token):
        self.directories.append((start, Directory(token, pinned(self.owners["directory"]))))

    def in_force(self, orders, now):
        """What was adopted last, of what holds by now; None before anything was."""
        return next((what for start, what in reversed(orders) if start <= now), None)
