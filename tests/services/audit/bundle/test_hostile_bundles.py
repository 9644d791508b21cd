"""Bundles of who lies, or altered anywhere: an error of ours, and soon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.encoding import b64u, canonical, unb64u
from contracts.errors import RelaisError, UsageError
from contracts.keys.jose import sign_text
from contracts.log.orders.order import KINDS
from services.audit.bundle.manifest import MANIFEST, TYP
from services.audit.bundle.source import open_bundle
from tests.contracts.log.first_orders import owners
from tests.services.audit.bundle.kit import (
    AUDITOR,
    exported,
    judged,
    small_world,
    written,
    zipped,
)

Files = dict[str, bytes]


@lru_cache(maxsize=1)
def sound() -> Files:
    """The files of a sound bundle."""
    with TemporaryDirectory() as home:
        return files_of(exported(Path(home) / "bundle.zip"))


def files_of(path: Path) -> Files:
    """All files of a bundle."""
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def manifest_of(files: Files) -> dict[str, Any]:
    """What a bundle says of itself."""
    told: dict[str, Any] = orjson.loads(unb64u(files[MANIFEST].decode().split(".")[1]))
    return told


def listed(files: Files) -> Files:
    """The same, with a manifest that the auditor signed as it is now: who lies is the auditor."""
    rows = [
        {"name": name, "sha256": sha256(data).hexdigest(), "size": len(data)}
        for name, data in files.items()
        if name != MANIFEST
    ]
    return signed(files, manifest_of(files) | {"files": rows})


def signed(files: Files, manifest: object, typ: str = TYP) -> Files:
    """The same, with another manifest, signed."""
    return files | {MANIFEST: sign_text(canonical(manifest), typ, AUDITOR).encode()}


def first_place() -> str:
    """A file of decisions that has records."""
    return next(name for name in sound() if "decisions" in name and sound()[name])


def without(name: str) -> Files:
    """A bundle with a file less."""
    return {kept: data for kept, data in sound().items() if kept != name}


def with_lines(change: Callable[[list[bytes]], list[bytes]]) -> Files:
    """Other lines in a file of decisions, and a manifest that says so."""
    lines = change(sound()[first_place()].splitlines(keepends=True))
    return listed(sound() | {first_place(): b"".join(lines)})


def said(**told: object) -> Files:
    """A manifest that says something else of itself, signed."""
    return signed(sound(), manifest_of(sound()) | told)


def token(data: bytes) -> Files:
    """A manifest of other bytes."""
    return sound() | {MANIFEST: data}


def payload(data: bytes) -> Files:
    """A signed manifest with any bytes for its content."""
    return token(sign_text(data, TYP, AUDITOR).encode())


def resigned() -> bytes:
    """A manifest that says something else, under the signature of the sound one."""
    other = said(program="relais best")[MANIFEST].rpartition(b".")[0]
    return other + sound()[MANIFEST][-87:]


def last_instant() -> int:
    """Of the latest record."""
    rows = (own for (topic, _at), own in small_world().topics.items() if "decisions" in topic)
    return max(int(orjson.loads(own[-1].value or b"")["at"]) for own in rows)


CONTROL = "civil/control-00.jsonl"
FORM = "manifest.jws: got another form"
CONTENT = "got another content than the manifest"
NO_LINE = "a line of another form"
BAD: dict[str, tuple[Callable[[], Files], str]] = {
    "a file more": (
        lambda: sound() | {"civil/decisions-09.jsonl": b""},
        "decisions-09.jsonl: got a file that the manifest does not list",
    ),
    "a file less": (lambda: without(first_place()), "bundle_malformed.*: got no such file"),
    "no orders": (lambda: listed(without(CONTROL)), "control-00.jsonl: got no such file"),
    "a byte altered": (
        lambda: sound() | {first_place(): b"[" + sound()[first_place()][1:]}, CONTENT,
    ),
    "a size that is claimed": (
        lambda: said(files=[row | {"size": 1} for row in manifest_of(sound())["files"]]), CONTENT,
    ),
    "no manifest": (lambda: without(MANIFEST), "manifest.jws: got no such file"),
    "a manifest without a signature": (
        lambda: token(sound()[MANIFEST][:-86]), "bundle_unsigned",
    ),
    "a manifest that is altered": (lambda: token(resigned()), "bundle_unsigned"),
    "a token that was signed for something else": (
        lambda: signed(sound(), manifest_of(sound()), "referral-policy+jwt"), FORM,
    ),
    "a manifest of another form": (lambda: signed(sound(), {"bundle": 1}), FORM),
    "a manifest that is deep": (lambda: payload(b"[" * 50_000 + b"]" * 50_000), FORM),
    "a manifest that is long": (
        lambda: token(sound()[MANIFEST] * 200), r"manifest.jws: got \d+ bytes",
    ),
    "a manifest that is no UTF-8": (lambda: payload('{"é":1}'.encode("latin-1")), FORM),
    "a realm that is none": (lambda: said(realms=["../x"]), FORM),
    "a realm twice": (lambda: said(realms=["civil", "civil"]), FORM),
    "a file twice": (lambda: said(files=manifest_of(sound())["files"][:1] * 2), FORM),
    "a realm that is not here": (
        lambda: said(realms=["civil", "criminal"]), "criminal/control-00.jsonl: got no such file",
    ),
    "records of a realm that is not named": (
        lambda: listed(sound() | {"criminal/decisions-00.jsonl": b""}), "a file of another realm",
    ),
    "records of a partition that is none": (
        lambda: listed(sound() | {"civil/decisions-59.jsonl": b""}), "a partition of no layout",
    ),
    "an instant before its last record": (
        lambda: said(asked_at=last_instant() - 1), "an `asked_at` before its records",
    ),
    "a line that is no JSON": (lambda: with_lines(lambda rows: [*rows, b"{\n"]), NO_LINE),
    "a line without an end": (
        lambda: with_lines(lambda rows: [*rows[:-1], rows[-1][:-1]]),
        "a line that is too long or has no end",
    ),
    "a stamp that no calendar has": (
        lambda: with_lines(lambda rows: [rows[0].replace(b'"at":', b'"at":99', 1), *rows[1:]]),
        NO_LINE,
    ),
    "lines in another order": (
        lambda: with_lines(lambda rows: rows[::-1]), "records in another order",
    ),
    "a line twice": (lambda: with_lines(lambda rows: [*rows, rows[-1]]), "records in another"),
    "base64 of another form": (
        lambda: with_lines(lambda rows: [rows[0].replace(b'"value":"', b'"value":"\\u00e9')]),
        NO_LINE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bundle_that_lies_is_refused_by_a_word_of_its_own(kind: str, tmp_path: Path) -> None:
    """Whoever made it, the auditor whose key has signed it included."""
    make, words = BAD[kind]
    path = written(tmp_path / "bundle.zip", make())

    with pytest.raises(UsageError, match=words):
        judged(path)


def test_a_bundle_of_another_auditor_is_refused(tmp_path: Path) -> None:
    """Where it is said whose it has to be; one as late as its last record is read."""
    path = written(tmp_path / "bundle.zip", said(asked_at=last_instant()))

    assert judged(path, auditor=b64u(AUDITOR.public)).clean
    with pytest.raises(UsageError, match="bundle_foreign"):
        judged(path, auditor=b64u(bytes(32)))


def test_a_bundle_is_worth_nothing_under_owners_of_others(tmp_path: Path) -> None:
    """Whoever made the whole federation up has signed it with keys that the owners never had."""
    path = written(tmp_path / "bundle.zip", sound())
    others = replace(owners(), keys={kind: {} for kind in KINDS}, directory={}, parties={})

    with pytest.raises(UsageError, match=r"owners_foreign.*ask them for their keys again"):
        judged(path, whose=others)


LAID = [
    b"", b"\0", b"\xff" * 4, b"\n", b"\n\n", b" ", b"../", b"0", b"9" * 40, b"=", b"PK\1\2",
    b"PK\3\4",
    "\u0430".encode(), "\uff0e".encode(), "\u2014 ".encode(), b"index 0\n", b"[" * 2_000,
    b"A" * 70_000,
]  # fmt: skip
Edit = tuple[float, int, bytes | None]
EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True), st.integers(0, 70), st.none() | st.sampled_from(LAID)
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def edited(data: bytes, edits: list[Edit]) -> bytes:
    """The same with bytes taken away, doubled, or others laid in their place."""
    for where, length, laid in edits:
        at = int(where * len(data))
        cut = data[at : at + length]
        data = data[:at] + (cut * 2 if laid is None else laid) + data[at + len(cut) :]
    return data


@given(edits=EDITS)
def test_an_altered_bundle_is_refused_or_says_the_same(
    edits: list[Edit], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is in it is signed: the dates of members alone may be others."""
    path, whole = tmp_path_factory.getbasetemp() / "bundle.zip", zipped(sound())
    altered = edited(whole, edits)
    path.write_bytes(altered)

    try:
        with open_bundle(path):
            assert files_of(path) == sound()
    except UsageError as error:
        assert error.code.startswith("bundle_")  # noqa: PT017
        assert altered != whole


@settings(max_examples=10)
@given(edits=EDITS, at=st.integers(0, 11))
def test_altered_files_that_the_auditor_signed_end_in_a_verdict_or_an_error_of_ours(
    edits: list[Edit], at: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Under a manifest signed again, with the auditor's own key."""
    files, name = sound(), sorted(sound())[at]
    signed_again = listed(files | {name: edited(files[name], edits), MANIFEST: files[MANIFEST]})
    path = written(tmp_path_factory.getbasetemp() / "bundle.zip", signed_again)

    try:
        judged(path)
    except RelaisError as error:
        assert error.code.startswith("bundle_"), error  # noqa: PT017
