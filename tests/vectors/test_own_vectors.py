"""Our own agencies pass the vectors that we hand out: their code, no part copied."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from contracts.encoding import canonical, partition_of, unb64u
from contracts.envelope.issue import FACTS, Recipient, issue
from contracts.envelope.receive import RecipientContext, addressee
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import RelaisError
from contracts.keys.directory import Directory
from contracts.keys.keyring import (
    MemoryKeyRing,
    load_directory,
    read_encryption_file,
    read_signing_file,
)
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.events import ACTS, read_body
from contracts.vocabulary.schema import Ref, short
from contracts.vocabulary.topics import outbox
from services.agency.office.fold.agency_fold import Fold
from services.agency.office.fold.numbers import ErasedNumbers
from services.agency.office.inbox import inbox_fold
from services.agency.office.inbox.reading import opened
from services.conformance.judge import failures
from tests.contracts.envelope import kit
from tests.vectors.conformance import FOLDER, files
from tests.vectors.conformance.federation import FED
from tests.vectors.specification.whole import kafka
from tests.vectors.test_conformance import PARTS

Given = dict[str, Any]


def directory_of(given: Given) -> Directory:
    """The directory of a vector; raises where it does not verify."""
    return load_directory(given["directory"], kit.pinned(FED.keeper))


class OwnRecipient:
    """A desk of ours, as its inbox's fold takes what comes and as `GET /inbox` opens it."""

    def __init__(self, given: Given) -> None:
        settings, directory = given["settings"], directory_of(given)
        keys = [read_encryption_file(orjson.dumps(key)) for key in given["keys"]]
        ring = MemoryKeyRing({key.kid: private for key, private in keys})
        self.realm, self.desk = settings["realm"], short(settings["desk"])
        self.context = RecipientContext(settings["desk"], directory, ring, read_body)
        self.fold = Fold([self.desk], ErasedNumbers())
        self.view = self.fold.desks[self.desk]
        for partition in range(6):
            self.view.numbers.start_at((self.realm, partition), complete=True)

    def answer(self, step: Given) -> Given:
        """What it says of a record."""
        gaps, gone = len(self.view.numbers.gaps), self.withdrawn()
        code = self.taken(step)
        reason = code or ("seq_gap" if len(self.view.numbers.gaps) > gaps else "")
        return {
            "accepted": not code, "reason": reason, "withdrawn": sorted(self.withdrawn() - gone),
        }  # fmt: skip

    def withdrawn(self) -> set[str]:
        """Ids of what came and was taken back."""
        arrivals = [one for some in self.view.arrivals.values() for one in some if not one.error]
        return {one.jti for one in arrivals if self.view.is_withdrawn(one)}

    def taken(self, step: Given) -> str:
        """The error code of a record, empty if it is taken."""
        record = step["record"]
        headers = tuple((name, text and text.encode()) for name, text in record["headers"])
        row = Inbound(
            record["topic"], record["partition"], record["offset"], record["key"].encode(),
            record["value"].encode(), headers, step["at"] * 1000,
        )  # fmt: skip
        try:
            urn, notice, shell = addressee(row.value, row.headers)
            if short(urn) != self.desk:
                return "wrong_audience"  # the service passes over it: envelope §6.2
            said = inbox_fold.said_of(row, shell, self.context, notice=notice)
        except RelaisError as error:
            return error.code
        place = self.realm, row.partition
        code = inbox_fold.fold_in(said, row.offset, place, self.desk, self.fold)
        if not code and not notice:
            arrival = next(one for one in self.view.arrivals[place] if one.offset == row.offset)
            code = opened(row, arrival, self.context, self.view, lambda *_: {}).error or ""
        return code


class OwnIssuer:
    """A desk that publishes by our own code."""

    def __init__(self, given: Given) -> None:
        self.given, self.settings = given, given["settings"]
        self.signer = read_signing_file(orjson.dumps(given["keys"][0]))[1]
        self.chain: dict[int, str] = {}

    def answer(self, step: Given) -> Given:
        """What it says of a draft."""
        try:
            return {"accepted": True, "record": self.published(step["draft"], step["at"])}
        except (RelaisError, ValueError, KeyError) as error:
            return {"accepted": False, "reason": str(error)}

    def published(self, draft: Given, at: int) -> Given:
        """A draft as a record of Kafka."""
        directory, realm = directory_of(self.given), self.settings["realm"]
        if draft["etype"] in ACTS:
            version = f"{draft['etype']}/1"
            rows = [directory.desk(to["desk"]) for to in draft["to"]]
            if not all(row is None or row.can_read(version) for row in rows):
                raise RelaisError("not_read")
        secret = unb64u(self.given["routing_secret"])
        partition = partition_of(secret, realm, draft["case"], self.settings["partitions"])
        declared = draft.get("declared")
        issued = issue(
            signer=self.signer, directory=directory, etype=draft["etype"],
            convd=self.given["convd"],
            sub=draft["case"], to=[addressed(draft["etype"], to) for to in draft["to"]],
            at_ms=at * 1000, random=kit.Seeded(f"{draft['case']} {self.chain}"),
            prev=self.chain.get(partition),
            declared=declared and Declared.model_validate_json(canonical(declared)),
            facts={name: draft[name] for name in FACTS if name in draft},
        )  # fmt: skip
        self.chain[partition] = issued.digest
        topic = outbox(realm, self.settings["agency"])
        return kafka(Outbound(topic, partition, issued.key, issued.value(), issued.headers()))


def addressed(etype: str, row: Given) -> Recipient:
    """An addressee of a draft."""
    bodies = row.get("bodies", {})
    for scope, body in bodies.items():
        read_body(etype, scope, body)
    refs = [Ref(**one) for one in row.get("re", ())]
    return Recipient(row["desk"], row.get("purpose"), bodies, row.get("retention", "P30"), refs)


@pytest.mark.parametrize(
    "name", [f"{part}/{path.name}" for part in PARTS for path in sorted((FOLDER / part).iterdir())]
)
def test_our_own_agency_passes_all_vectors(name: str) -> None:
    """As recipient and as issuer, at the time that each step says."""
    file, lines = files()[name], []
    tested = OwnIssuer if name.startswith("issuer") else OwnRecipient
    for vector in file["vectors"]:
        desk = tested(file["given"] | vector.get("given", {}))
        lines += [{"vector": vector["name"]} | desk.answer(step) for step in vector["steps"]]

    assert list(failures(file, b"\n".join(map(orjson.dumps, lines)))) == []
