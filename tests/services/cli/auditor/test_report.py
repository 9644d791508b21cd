"""What a verdict is told as, to who is no programmer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.look_again import LIES
from services.audit.bundle.archive import sha256_of
from services.audit.bundle.checkpoints import HeldCheckpoint
from services.audit.bundle.source import open_bundle
from services.audit.bundle.verify import JudgedBundle, judge
from services.audit.decision_rows import DecisionTable
from services.audit.verdict import AuditVerdict
from services.cli.auditor.finding_sentences import sentence
from services.cli.auditor.report import ReportFacts, report
from tests.contracts.log.first_orders import owners
from tests.services.audit.bundle.kit import exported
from tests.world import MARKER

ROOT = Path(__file__).parents[4]
EVENT = "01990000-0000-7000-8000-000000000000"
OTHER = "01990000-0000-7000-8000-000000000001"
AGAIN = ("01990000-0000-7000-8000-000000000002", "01990000-0000-7000-8000-000000000003")


def test_every_finding_of_a_log_has_a_sentence_of_its_own() -> None:
    """Whatever code the log's checks raise, but those that only routers or orders meet."""
    raised = set(LIES.values())
    names = "replaying/replay", "replaying/finding", "replaying/look_again", "replaying/footing"
    raising = r'(?:LogError|AuditFinding|Finding)\(\s*(?:\w+, \w+, )?"(\w+)"'
    for name in (*names, "rebuild", "chain"):
        text = (ROOT / "contracts" / "log" / f"{name}.py").read_text("utf-8")
        raised |= {*re.findall(raising, text), *re.findall(r'(?:\[|\(|: )\("(\w+)", ', text)}
    other = sentence(AuditFinding(0, 0, "nobody foresaw it"), "en")

    without = {code for code in raised if sentence(AuditFinding(0, 0, code), "en") == other}

    assert len(raised) > 20
    assert without == {"record_genuine"}  # what a router is told that leaves a record out


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("fr", ["2 constats incompatibles", "le silence d’un guichet a été caché",
                "inscription 4 de la partition 2", "7 septembre 2026 à 10 h",
                "Information préoccupante", "R01, ", "version 2026-1",
                "clé du signataire non confirmée",
                "partition 3 : 17 inscriptions, cosignataires : la police (moins que",
                "sans rupture : 3", "jamais publiées : ", "sur ordre</dt><dd>2<",
                "1 501 inscriptions ; seules les 6", "<p>2 fois :</p>",
                "La suite des envois de ce guichet recommence ici"]),
        ("en", ["2 findings that an honest log", "the silence of a desk was hidden",
                "record 4 of partition 2", "7 September 2026 at 10:00",
                "Child-concern alert", "R01, ", "version 2026-1", "nobody has said",
                "partition 3: 17 records, cosigned by the police, fewer than",
                "without a break: 3", "never published: ", "by order</dt><dd>2<",
                "1,501 records; the first 6", "Let through in part, clause R01",
                "Decided again: the same", "erased by order 12", "Cannot be decided again. It",
                "Not what follows. An event", "is no record of this log"]),
    ],
)  # fmt: skip
def test_a_report_says_what_was_found(lang: str, words: list[str], tmp_path: Path) -> None:
    """In sentences, with place and instant; nothing of the child, no script, all local.

    Remarks that say the same are told once; what does not follow or cannot be judged is marked.
    """
    path = tmp_path / "bundle.zip"
    with open_bundle(exported(path)) as bundle:
        judged, manifest = judge(bundle, owners(), lambda *_: None), bundle.manifest
    honest = judged.verdict
    lies = (
        ("civil", AuditFinding(
            2, 4, "due_unreported", "silence <hidden>", event=EVENT,
            topic="relais.civil.decisions", offset=9, at=1_788_768_000,
        )),
        ("civil", AuditFinding(
            2, 5, "decision_differs", "in <words>", event=EVENT, member="decision.<b>.clause",
            recorded="R02", follows="R01", source="relais.civil.outbox.police/2/7",
        )),
    )  # fmt: skip
    tallies = {"civil": honest.tallies["civil"] | {"erased": 2}}
    notes = tuple(
        ("civil", AuditFinding(0, index, "prev_absent", event=event, alarm=False))
        for index, event in enumerate(AGAIN)
    )
    verdict = AuditVerdict(tallies, lies + notes, honest.rejected, honest.shared)

    held = (
        HeldCheckpoint("civil", 3, 17, ("police",), False, 17, False),
        HeldCheckpoint("civil", 4, 9, (), False, 3, True),
    )
    judged = JudgedBundle(verdict, judged.registries, held)
    table = DecisionTable(first=[BEGINS, ROW | {"event": OTHER}, *OTHERS], count=1_501)

    page = report(ReportFacts(judged, manifest, path.name, sha256_of(path), False, table), lang)

    said = page.translate(str.maketrans("\u202f\u00a0\u2011", "  -")).lower()
    for word in words:
        assert word.lower() in said, word
    assert EVENT in page
    assert page.index(OTHER) < page.index("<details>")  # what decides nothing, folded behind it
    assert len(re.findall("<tr><th scope=.row.>(?:no event|aucun envoi)<", page)) == 1
    assert [page.count(event) for event in AGAIN] == [1, 1]
    assert page.count('<strong class="bad">') == 3
    assert "relais.civil.decisions/2/9" in page
    assert ("silence &lt;hidden&gt;" in page) == (lang == "en")  # no English on the French page
    sides = re.findall(r"<dt>[^<]*</dt><dd><code>([^<]*)</code></dd>", page)
    source = "relais.civil.outbox.police/2/7"
    assert sides[-4:] == ["decision.&lt;b&gt;.clause", "R02", "R01", source]
    assert "urn:relais:auditor" not in page
    assert MARKER not in page
    assert "banner calm" not in page
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#)', page)


ROW: dict[str, Any] = {
    "realm": "civil", "partition": 2, "offset": 9, "index": 4, "at": "2026-09-07T08:00:00Z",
    "paris": "",
    "leaf": "", "kind": "decided", "event": EVENT, "answer": "partly", "clauses": ["R01"],
    "reasons": ["no_clause"], "judgement": "same", "code": "", "order": 0,
}  # fmt: skip
BEGINS: dict[str, Any] = ROW | {"event": "", "kind": "genesis", "answer": "", "clauses": []}
OTHERS: list[dict[str, Any]] = [
    ROW | {"judgement": "erased", "order": 12, "answer": ""},
    ROW | {"judgement": "undecidable", "code": "state_lost"},
    ROW | {"judgement": "differs", "code": "decided_twice"},
    ROW | {"kind": "", "answer": "", "judgement": "undecidable", "code": "record_malformed"},
]
