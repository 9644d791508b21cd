"""Our own issuing as a tested issuer, from the kit's folder, and the ways in which it can be broken."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from contracts.encoding import canonical, partition_of
from contracts.envelope.issue import FACTS, Issued, Recipient, issue
from contracts.errors import RelaisError
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.jose import open_jws
from contracts.keys.keyring import load_whole, read_signing_file
from contracts.keys.verification import read_public
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.events import ACTS, read_body
from contracts.vocabulary.schema import Ref
from contracts.vocabulary.topics import outbox
from tests.contracts.envelope import kit


class TriedIssuer:
    """A desk that publishes.

    Attributes:
        faults: what it leaves out or does wrongly.
    """

    __test__ = False

    def __init__(self, folder: Path, faults: frozenset[str] = frozenset()) -> None:
        self.faults, desk = faults, folder / "desk"
        self.settings = orjson.loads((desk / "settings.json").read_bytes())
        keepers = orjson.loads((desk / "owners.json").read_bytes())["directory"]
        self.keepers = {
            row["kid"]: SigningKey(
                row["kid"],
                row["alg"],
                row["owner"],
                read_public(row["alg"], row["x"], None),
                0,
                2**40,
            )
            for row in keepers
        }
        (path,) = (desk / "keys").iterdir()
        self.signer = read_signing_file(path.read_bytes())[1]
        self.secret = (desk / "routing.secret").read_bytes()
        self.own = self.loaded(orjson.loads((desk / "directory.json").read_bytes()))

    def loaded(self, given: dict[str, Any]) -> Directory:
        """The directory of a task."""
        if "any_directory" in self.faults:
            return self.own if hasattr(self, "own") else load_whole(tokens(given), self.keepers)
        if "trusts_the_keeper" in self.faults and hasattr(self, "own"):
            for token, typ in zip(tokens(given), ("directory", "directory-page"), strict=True):
                at = None if typ == "directory" else 0
                open_jws(token, f"referral-{typ}+jwt", self.keepers, at=at, place="", limit=1 << 22)
            return self.own
        directory = load_whole(tokens(given), self.keepers)
        return replace(directory, expires=2**40) if "any_age" in self.faults else directory

    def answer(self, path: Path) -> dict[str, Any]:
        """What it says of a file of drafts."""
        task = orjson.loads(path.read_bytes())
        try:
            if "publishes_nothing" in self.faults:
                raise RelaisError("asleep")
            directory, chain = self.loaded(task), dict[int, str]()
            records = [self.record(draft, task, directory, chain) for draft in task["drafts"]]
        except (RelaisError, ValueError, KeyError) as error:
            return {"case": path.stem, "accepted": False, "reason": str(error)}
        return {"case": path.stem, "accepted": True, "records": records}

    def record(
        self,
        draft: dict[str, Any],
        task: dict[str, Any],
        directory: Directory,
        chain: dict[int, str],
    ) -> dict[str, Any]:
        """A draft as a record of Kafka."""
        partition = partition_of(self.secret, "civil", draft["case"], self.settings["partitions"])
        place = 0 if "one_chain" in self.faults else partition
        issued = self.issued(draft, task, directory, chain.get(place))
        if "no_chain" not in self.faults:
            chain[place] = issued.digest
        key = issued.claims.jti if "key_is_the_id" in self.faults else issued.key.decode()
        value = issued.value()
        if "escapes" in self.faults:
            value = json.dumps(orjson.loads(value), separators=(", ", ":")).encode()
        return {
            "topic": outbox("civil", self.settings["agency"]),
            "partition": (partition + 1) % 6 if "any_partition" in self.faults else partition,
            "key": key, "value": value.decode(),
            "headers": [] if "no_type" in self.faults else [
                [name, text.decode()] for name, text in issued.headers()
            ],
        }  # fmt: skip

    def issued(
        self, draft: dict[str, Any], task: dict[str, Any], directory: Directory, prev: str | None
    ) -> Issued:
        """A draft as an event."""
        self.ask_reads(draft, directory)
        to = [self.addressee(draft["etype"], row) for row in draft["to"]]
        early = 7 * 86_400 if "early_key" in self.faults else 0
        seed = "always" if "same_salts" in self.faults else f"{draft['case']} {prev}"
        declared = draft.get("declared")
        return issue(
            signer=self.signer, directory=directory, etype=draft["etype"], convd=task["convd"],
            sub=draft["case"], to=to, at_ms=(task["at"] - early) * 1000, random=kit.Seeded(seed), prev=prev,
            declared=None if declared is None else Declared.model_validate_json(canonical(declared)),
            facts={name: draft[name] for name in FACTS if name in draft},
        )  # fmt: skip

    def ask_reads(self, draft: dict[str, Any], directory: Directory) -> None:
        """Refuse an act that an addressee does not read (keys §2.2)."""
        version = f"{draft['etype']}/{2 if 'later_version' in self.faults else 1}"
        if "any_reader" in self.faults:
            return
        if draft["etype"] in ACTS or "lists_receipts" in self.faults:
            for row in draft["to"]:
                entry = directory.desk(row["desk"])
                if entry is not None and not entry.can_read(version):
                    raise RelaisError("not_read")

    def addressee(self, etype: str, row: dict[str, Any]) -> Recipient:
        """An addressee of a draft."""
        bodies = row.get("bodies", {})
        if "any_body" not in self.faults:
            for scope, body in bodies.items():
                read_body(etype, scope, body)
        retention = "P30" if "one_class" in self.faults else row.get("retention", "P30")
        ref = [Ref(**one) for one in row.get("re", ())]
        if "parts_left_out" in self.faults:
            bodies = dict(list(bodies.items())[:1])
        return Recipient(row["desk"], row.get("purpose"), bodies, retention, ref)


def tokens(given: dict[str, Any]) -> tuple[str, ...]:
    """A directory and its pages."""
    return given["directory"], *given["pages"]
