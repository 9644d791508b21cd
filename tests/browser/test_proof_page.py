"""The page that checks a proof, in a real Chromium: it accepts what `relais audit check` accepts."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from contracts.errors import ProofError
from contracts.proof.policy import parse_policy
from contracts.proof.proof_file import MAX_PROOF_BYTES, parse_proof
from services.cli.auditor.proof_page.page import proof_page
from services.cli.auditor.proofs import proved_facts
from services.cli.auditor.sheet import sheet
from services.labels.code_labels import AGENCY_NAMES
from tests.browser.altered_proofs import (
    ENTRY,
    OTHER_LOG,
    POLICY,
    RECORDS,
    SIGNERS,
    STRANGERS,
    altered_line,
    by_chance,
    by_design,
    by_shape,
    other_root,
    resigned,
    small_r,
    with_entry,
    with_lines,
)
from tests.browser.browser import CHROMIUM, Browser
from tests.contracts.proof.log import LOG, ORIGIN, POLICY_TEXT, WITNESSES, MemoryLog
from tests.services.texts.typed import as_typed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM and not os.environ.get("RELAIS_CI"), reason="no Chromium on this machine"
    ),
]
A_PAGE: Final = re.compile(rb"/Type\s*/Page\b")
SCREEN: Final = {"height": 900, "deviceScaleFactor": 1, "mobile": False}


@pytest.fixture(scope="module")
def log() -> MemoryLog:
    """A log of 300 records."""
    return MemoryLog().add(RECORDS)


@pytest.fixture(scope="module")
def proof(log: MemoryLog) -> bytes:
    """A proof that needs no ML-DSA."""
    return log.proof(ENTRY, SIGNERS).data


def evaluated(chromium: Browser, expression: str) -> Any:
    """What an expression comes to, once its promise is kept."""
    asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
    told = chromium.call("Runtime.evaluate", **asked)
    assert "exceptionDetails" not in told, told
    return told["result"].get("value")


def opened_page(chromium: Browser, folder: Path, lang: str = "fr") -> Path:
    """The page as its reader opens it."""
    file = folder / "verify.html"
    file.write_text(proof_page(lang), "utf-8")
    chromium.asked.clear()
    chromium.open(file)
    return file


def verdict(chromium: Browser, folder: Path, proof: bytes, policy: bytes) -> tuple[str, str]:
    """Both files chosen, as by hand: the verdict's kind, and all that is shown."""
    for name, data in {"policy": policy, "proof": proof}.items():
        (folder / name).write_bytes(data)
        node = chromium.call("Runtime.evaluate", expression=f"get('{name}-file')")["result"]
        files = {"files": [str(folder / name)], "objectId": node["objectId"]}
        chromium.call("DOM.setFileInputFiles", **files)
    settled = (
        "new Promise(done => { const look = () => get('result').ariaBusy ? setTimeout(look, 5)"
    )
    settled += " : done([get('verdict').classList[2], document.body.innerText]); look(); })"
    kind, text = evaluated(chromium, settled)
    return kind, " ".join(as_typed(text).split())


ALTERED: Final[dict[str, tuple[Callable[[bytes], bytes], bytes, str]]] = {
    "entry": (
        lambda proof: with_entry(proof, RECORDS[ENTRY].replace(b"decided", b"refused")),
        POLICY, "Cette inscription ne mène pas au point de contrôle",
    ),
    "record of another number": (
        lambda proof: proof.replace(b"index 12\n", b"index 13\n"), POLICY,
        "Cette inscription ne mène pas",
    ),
    "index beyond the tree": (
        lambda proof: proof.replace(b"index 12\n", b"index 300\n"), POLICY,
        "que le journal n'avait pas atteint",
    ),
    "a hash of the path": (
        lambda proof: proof.replace(base64.b64encode(parse_proof(proof).path[3]), b"A" * 43 + b"="),
        POLICY, "Cette inscription ne mène pas",
    ),
    "path too short": (
        lambda proof: proof.replace(base64.b64encode(parse_proof(proof).path[3]) + b"\n", b""),
        POLICY, "trop court ou trop long",
    ),
    "root of the checkpoint": (
        lambda proof: resigned(proof, other_root), POLICY,
        f"Une signature présentée comme celle de {ORIGIN} n'est pas la sienne",
    ),
    "signature of the log": (
        lambda proof: with_lines(proof, lambda lines: [altered_line(lines[0]), *lines[1:]]),
        POLICY, f"Une signature présentée comme celle de {ORIGIN} n'est pas la sienne",
    ),
    "cosignature": (
        lambda proof: with_lines(proof, lambda lines: [*lines[:-1], altered_line(lines[-1])]),
        POLICY, "Une signature présentée comme celle de la police n'est pas la sienne",
    ),
    "R of small order": (small_r, POLICY, f"Une signature présentée comme celle de {ORIGIN} n'est pas la sienne"),
    "below the quorum": (
        lambda proof: with_lines(proof, lambda lines: lines[:2]), POLICY,
        "les cosignatures vérifiées (1) ne suffisent pas",
    ),
    "policy of another log": (bytes, OTHER_LOG, "Le journal lui-même n'a pas signé"),
    "policy of strangers": (bytes, STRANGERS, "Personne que cette politique connaisse"),
    "policy with a name twice": (bytes, POLICY + b"group w0 any w0\n", "une politique (ligne 9)"),
    "truncated": (lambda proof: proof[:-30], POLICY, "Le point de contrôle dans la preuve"),
    "cut in its path": (lambda proof: proof[:400], POLICY, "n'a pas la forme d'une preuve"),
    "without its record": (
        lambda proof: re.sub(rb"extra .*\n", b"", proof), POLICY, "vient sans son inscription"
    ),
    "huge": (lambda proof: proof + b"\n" * MAX_PROOF_BYTES, POLICY, "aucun fichier de cette sorte n'en a plus de 397 438. Il n'a pas été lu"),
}  # fmt: skip


@pytest.mark.parametrize("altered", ALTERED)
def test_an_altered_file_is_refused_in_a_sentence(
    chromium: Browser, tmp_path: Path, proof: bytes, altered: str
) -> None:
    """No word of the record is shown then, and the sentence says which check failed."""
    change, policy, sentence = ALTERED[altered]
    opened_page(chromium, tmp_path)

    kind, text = verdict(chromium, tmp_path, change(proof), policy)

    assert kind == "refused"
    assert "La preuve ne tient pas." in text
    assert sentence in text
    assert "Ce que dit l'inscription" not in text


@pytest.mark.parametrize(
    ("lang", "sentences"),
    [
        ("fr", ["La preuve tient. L'inscription 12 du journal", "Instant déclaré par le routeur",
                "w0, le 21 septembre 2026 à 16:13:20 (Paris), à son horloge"]),
        ("en", ["The proof holds. Record 12 of the log", "as the router declares it",
                "w0, on 21 September 2026 at 16:13:20 (Paris), by its own clock"]),
    ],
)  # fmt: skip
def test_a_good_proof_is_told_printed_on_one_page_and_asks_the_network_for_nothing(
    chromium: Browser, tmp_path: Path, proof: bytes, lang: str, sentences: list[str]
) -> None:
    """From 320 px on nothing moves sideways; files are chosen by labelled controls of the browser's own."""
    page = opened_page(chromium, tmp_path, lang)

    kind, text = verdict(chromium, tmp_path, proof, POLICY)
    paper = chromium.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
    chromium.call("Emulation.setDeviceMetricsOverride", width=320, **SCREEN)
    width = chromium.call("Page.getLayoutMetrics")["cssContentSize"]["width"]
    chromium.call("Emulation.clearDeviceMetricsOverride")

    assert kind == "holds"
    assert [sentence for sentence in sentences if sentence not in text] == []
    assert RECORDS[ENTRY].decode() in text
    assert not re.search("[`{}]|</?code>", text.replace(RECORDS[ENTRY].decode(), ""))
    assert len(A_PAGE.findall(base64.b64decode(paper["data"]))) == 1
    assert width <= 320
    assert set(chromium.asked) == {page.as_uri()}


def test_a_quorum_that_needs_ml_dsa_is_left_open(
    chromium: Browser, tmp_path: Path, log: MemoryLog
) -> None:
    """Such a line is told as unchecked and counted for nobody: w0 and w2 are enough, w0 and w1 are not."""
    enough, too_few = log.proof(ENTRY), log.proof(ENTRY, (*LOG, *WITNESSES[:2]))
    by_ml_dsa = log.proof(ENTRY, (LOG[1], *WITNESSES))

    opened_page(chromium, tmp_path)
    kind, text = verdict(chromium, tmp_path, enough.data, POLICY_TEXT.encode())
    left = []
    for each in (too_few, by_ml_dsa):
        opened_page(chromium, tmp_path)
        left.append(verdict(chromium, tmp_path, each.data, POLICY_TEXT.encode())[0])

    assert kind == "holds"
    assert "ML-DSA-44, ni vérifiée ni comptée" in text
    assert left == ["open", "open"]


def test_the_page_accepts_what_the_command_accepts(
    chromium: Browser, tmp_path: Path, proof: bytes
) -> None:
    """Proofs and policies, altered by chance and by design: the code of each refusal is the same, too."""
    pairs = [*by_design(proof), *by_chance(proof), *by_shape()]
    asked = json.dumps([[base64.b64encode(data).decode() for data in pair] for pair in pairs])
    opened_page(chromium, tmp_path)

    told = "checkProof(...pair.map(atob)).then(told => told.code ?? '')"
    page = evaluated(chromium, f"Promise.all({asked}.map(pair => {told}))")
    command = [refusal(*pair) for pair in pairs]

    assert list(zip(page, pairs, strict=True)) == list(zip(command, pairs, strict=True))
    assert len(pairs) > 150
    assert command.count("") > 60
    assert len(set(command)) >= 15


def refusal(proof: bytes, policy: bytes) -> str:
    """The code with which `relais audit check` ends; nothing if the proof holds."""
    try:
        trusted, read = parse_policy(policy), parse_proof(proof)
        proved_facts(read, read.entry or b"", read.check(trusted))
    except ProofError as error:
        return error.code
    return ""


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_clerks_sheet_is_one_sheet(
    chromium: Browser, tmp_path: Path, proof: bytes, lang: str
) -> None:
    """With all five agencies as witnesses, and an event's id."""
    read, event = parse_proof(proof), "01990000-0000-7000-8000-000000000000"
    facts = proved_facts(read, read.entry or b"", read.check(parse_policy(POLICY)))
    facts["cosigned"] = [{"witness": name, "at": 1_790_000_000} for name in AGENCY_NAMES]
    file = tmp_path / "sheet.html"
    file.write_text(sheet(facts, event, "event.tlog-proof", "0" * 64, lang), "utf-8")

    chromium.open(file)
    paper = chromium.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)

    assert len(A_PAGE.findall(base64.b64decode(paper["data"]))) == 1


def test_files_in_each_others_place_are_told_of(
    chromium: Browser, tmp_path: Path, proof: bytes
) -> None:
    """No verdict on the proof: nothing is wrong with it."""
    opened_page(chromium, tmp_path)

    kind, text = verdict(chromium, tmp_path, POLICY, proof)

    assert (kind, "échangez les deux fichiers" in text) == ("waiting", True)
    opened_page(chromium, tmp_path)
    kind, text = verdict(chromium, tmp_path, proof, proof)
    assert (kind, "échangez" in text, "deux fichiers sont des preuves" in text) == (
        "waiting", False, True,
    )  # fmt: skip


def test_both_files_can_be_dropped_at_once(chromium: Browser, tmp_path: Path, proof: bytes) -> None:
    """In any order; each then stands in its own control, as if it had been chosen there."""
    files = json.dumps([base64.b64encode(data).decode() for data in (POLICY, proof)])
    opened_page(chromium, tmp_path)

    held = f"const held = new DataTransfer(); for (const [at, data] of {files}.entries())"
    held += " held.items.add(new File([bytesOf(atob(data))], `file-${at}`));"
    dropped = "{ dataTransfer: held, bubbles: true, cancelable: true }"
    dropped = f"document.body.dispatchEvent(new DragEvent('drop', {dropped}))"
    names = "[get('verdict').classList[2], get('proof-file').files[0].name]"
    look = f"() => get('checked').hidden ? setTimeout(look, 5) : done({names})"
    waited = f"new Promise(done => {{ const look = {look}; look(); }})"
    told = evaluated(chromium, f"(() => {{ {held} {dropped}; return {waited}; }})()")

    assert told == ["holds", "file-1"]
