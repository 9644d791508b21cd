"""Bundles of who lies: a file more, less or another, other lines, others' signatures."""

from __future__ import annotations

import random
import tracemalloc
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import pytest

from contracts.encoding import b64u, leaf_hash
from contracts.errors import RelaisError, UsageError
from contracts.log.orders.order import KINDS
from services.audit.bundle.export import export
from services.audit.bundle.manifest import MANIFEST, SIGNATURE
from services.audit.bundle.stored_zip import ZipWriter, opened
from services.audit.bundle.verify import checked, foreign_pages
from tests.services.audit.bundle.memory_log import (
    AUDITOR,
    ignored,
    judged,
    out_of,
    owners_of,
    request_of,
    small_world,
)

Files = dict[str, bytes]


@lru_cache(maxsize=1)
def sound() -> Files:
    """The files of a sound bundle."""
    with TemporaryDirectory() as home:
        path = out_of(Path(home))
        export(request_of(small_world(), realms=("civil",)), path)
        return files_of(path)


def files_of(path: Path) -> Files:
    """All files of a bundle."""
    with opened(path) as file:
        return {name: b"".join(file.chunks(member)) for name, member in file.members.items()}


def written(path: Path, files: Mapping[str, bytes]) -> Path:
    """A zip file of these files."""
    with path.open("wb") as file:
        writer = ZipWriter(file)
        for name in sorted(files):
            writer.begin(name)
            writer.write(files[name])
            writer.end()
        writer.close()
    return path


def listed(files: Files) -> Files:
    """The same, with a manifest that the auditor signed as it is now: who lies is the auditor."""
    manifest = orjson.loads(files[MANIFEST])
    manifest["files"] = [
        {"name": name, "sha256": sha256(data).hexdigest(), "size": len(data)}
        for name, data in sorted(files.items())
        if name not in {MANIFEST, SIGNATURE}
    ]
    return signed(files, manifest)


def signed(files: Files, manifest: object) -> Files:
    """The same, with another manifest, signed."""
    text = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
    return files | {MANIFEST: text, SIGNATURE: AUDITOR.sign(text)}


def first_place() -> str:
    """A file of decisions that has records."""
    return next(name for name in sound() if name.startswith("civil/decisions/"))


def without(name: str) -> Files:
    """A bundle with a file less."""
    return {kept: data for kept, data in sound().items() if kept != name}


def with_lines(change: Callable[[list[bytes]], list[bytes]]) -> Files:
    """Other lines in a file of decisions, and a manifest that says so."""
    name = first_place()
    lines = change(sound()[name].splitlines(keepends=True))
    files = listed(sound() | {name: b"".join(lines)})
    manifest = orjson.loads(files[MANIFEST])
    for row in manifest["places"]:
        if name.startswith(f"{row['realm']}/{row['kind']}/{row['partition']:02}/"):
            row.update(_told(lines))
    return signed(files, manifest)


def _told(lines: list[bytes]) -> dict[str, object]:
    """What a manifest says of a partition of these lines, as far as they can be read."""
    try:
        first, last = orjson.loads(lines[0]), orjson.loads(lines[-1])
        leaf = leaf_hash(b64decode(last["value"]))
    except ValueError:
        return {"records": len(lines)}
    told = {"first": first["offset"], "end": last["offset"] + 1, "last": leaf}
    return told | {"records": len(lines)}


def placed(**told: object) -> Files:
    """A manifest that says something else of the first partition of decisions that has records."""
    manifest = orjson.loads(sound()[MANIFEST])
    row = next(row for row in manifest["places"] if row["kind"] == "decisions" and row["records"])
    row.update(told)
    return signed(sound(), manifest)


def said(change: Mapping[str, object]) -> Files:
    """A manifest that says something else of itself, signed."""
    return signed(sound(), orjson.loads(sound()[MANIFEST]) | change)


BAD: dict[str, tuple[Callable[[], Files], str]] = {
    "a file more": (
        lambda: sound() | {"civil/decisions/00/000009.jsonl": b""},
        "bundle_malformed.*000009.jsonl: got a file that the manifest does not list",
    ),
    "a file less": (lambda: without(first_place()), "bundle_malformed.*: got no such file"),
    "a file swapped": (
        lambda: sound() | {first_place(): sound()[first_place().replace("decisions", "evidence")]},
        "bundle_malformed.*: got .* bytes",
    ),
    "a byte altered": (
        lambda: sound() | {first_place(): b"[" + sound()[first_place()][1:]},
        "bundle_malformed.*: got another content than the manifest",
    ),
    "no manifest": (lambda: without(MANIFEST), "bundle_malformed.*manifest.json: got no such file"),
    "no signature": (lambda: without(SIGNATURE), (
        "bundle_malformed.*manifest.sig: got no such file"
    )),
    "a signature of nothing": (lambda: sound() | {SIGNATURE: b"\0" * 64}, "bundle_unsigned"),
    "a signature that is long": (
        lambda: sound() | {SIGNATURE: b"\0" * 70}, "bundle_malformed.*manifest.sig: got 70 bytes"
    ),
    "a manifest that is altered": (
        lambda: sound() | {MANIFEST: sound()[MANIFEST].replace(b"relais test", b"relais best")},
        "bundle_unsigned",
    ),
    "a manifest of another form": (
        lambda: signed(sound(), {"bundle": 1}), "bundle_malformed.*manifest.json: got another form"
    ),
    "a manifest that is deep": (
        lambda: sound() | {MANIFEST: b"[" * 100_000 + b"]" * 100_000},
        "bundle_malformed.*manifest.json: got another form",
    ),
    "a manifest of another version": (lambda: said({"bundle": 2}), (
        "manifest.json: got another form"
    )),
    "a realm that is none": (lambda: said({"realms": ["../x"]}), "manifest.json: got another form"),
    "a manifest that is no UTF-8": (
        lambda: sound() | {MANIFEST: "{\"é\":1}".encode("latin-1")}, (
            "manifest.json: got another form"
        )
    ),
    "another key beside it": (
        lambda: listed(sound() | {"auditor.pem": sound()["auditor.pem"][:-30] + b"A" * 30}),
        "auditor.pem: got another key",
    ),
    "another convention to read": (
        lambda: listed({name: data.replace(b"R01", b"R99") if name.endswith(".yaml") else data
                        for name, data in sound().items()}),
        "in-force/.*: got another content than the order",
    ),
    "a convention more": (
        lambda: listed(sound() | {"in-force/civil-0009-convention-9.yaml": b"x"}),
        "in-force/.*: got another content than the order",
    ),
    "records that are not there": (lambda: placed(records=999), "manifest.json: got other records"),
    "another beginning": (lambda: placed(first=1), "manifest.json: got other records, first"),
    "an end that comes later": (lambda: placed(end=9_999), (
        "manifest.json: got other records, first, end"
    )),
    "another last record": (lambda: placed(last="A" * 43), (
        "manifest.json: got other records, first, end or last"
    )),
    "a partition of no realm": (lambda: placed(realm="criminal"), "no bundle has"),
    "a partition twice": (
        lambda: said({"places": [*(rows := orjson.loads(sound()[MANIFEST])["places"]), rows[0]]}),
        "manifest.json: got civil/control/00 twice",
    ),
    "a page that nobody defined": (
        lambda: listed(sound() | {"rapport.html": b"<script>1</script>"}), (
            "rapport.html: got a file that no bundle has"
        )
    ),
    "records of a partition that is none": (
        lambda: listed(sound() | {"civil/decisions/77/000000.jsonl": b""}),
        "got a file that no bundle has"
    ),
    "a checkpoint of no realm": (
        lambda: listed(sound() | {"heads/x-00.checkpoint": b""}), "got a file that no bundle has"
    ),
    "a line that is no JSON": (lambda: with_lines(lambda rows: [*rows, b"{\n"]), "got line"),
    "a line without an end": (
        lambda: with_lines(lambda rows: [*rows[:-1], rows[-1][:-1]]), (
            "got a last line without an end"
        )
    ),
    "an empty line": (lambda: with_lines(lambda rows: [b"\n", *rows]), "got line 1"),
    "a stamp that no calendar has": (
        lambda: with_lines(lambda rows: [rows[0].replace(b'"at":', b'"at":99', 1), *rows[1:]]),
        "got line 1"
    ),
    "lines in another order": (lambda: with_lines(lambda rows: rows[::-1]), "got line 1"),
    "a line twice": (lambda: with_lines(lambda rows: [*rows, rows[-1]]), "got line"),
    "base64 of another form": (
        lambda: with_lines(lambda rows: [rows[0].replace(b'"value":"', b'"value":"\\u00e9')]),
        "got line 1"
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bundle_that_lies_is_refused_by_a_word_of_its_own(kind: str, tmp_path: Path) -> None:
    """Whoever made it, the auditor whose key has signed it included."""
    make, words = BAD[kind]
    path = written(out_of(tmp_path), make())

    with pytest.raises(UsageError, match=words):
        judged(path, small_world())


def test_a_bundle_of_another_auditor_is_refused(tmp_path: Path) -> None:
    """Where it is said whose it has to be."""
    path = written(out_of(tmp_path), sound())

    assert judged(path, small_world(), auditor=b64u(AUDITOR.public)).clean
    with pytest.raises(UsageError, match="bundle_foreign"):
        judged(path, small_world(), auditor=b64u(bytes(32)))


def test_pages_that_this_program_does_not_make_are_told(tmp_path: Path) -> None:
    """Whatever they say is the exporter's word."""
    path = written(
        out_of(tmp_path), listed(sound() | {"lisez-moi.html": b"<h1>Tout est vrai</h1>"})
    )

    with checked(path, "", ignored) as bundle:
        assert foreign_pages(bundle) == ["lisez-moi.html"]
    with checked(written(path, sound()), "", ignored) as bundle:
        assert foreign_pages(bundle) == []


def test_a_line_that_never_ends_takes_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of a hundred megabytes is told of before it is held."""
    monkeypatch.setattr("services.audit.bundle.source.MAX_LINE", 1 << 20)
    path = written(out_of(tmp_path), listed(sound() | {first_place(): b"x" * 100_000_000}))
    world = small_world()

    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match="a line that is too long"):
            judged(path, world)
        assert tracemalloc.get_traced_memory()[1] < 60 << 20
    finally:
        tracemalloc.stop()


def test_whatever_the_files_say_ends_in_a_verdict_or_an_error_of_ours(tmp_path: Path) -> None:
    """Files altered at random under a manifest signed again: with the auditor's own key."""
    chance, world = random.Random(1), small_world()
    for _ in range(8):
        files = dict(sound())
        for name in chance.sample(sorted(files), 3):
            data = bytearray(files[name])
            for _edit in range(chance.randint(1, 4)):
                at, to = sorted(chance.randrange(len(data) + 1) for _ in range(2))
                to = min(to, at + 60)
                data[at:to] = chance.choice(
                    [b"", bytes(data[at:to]) * 2, chance.randbytes(to - at), b"null"]
                )
            files[name] = bytes(data)
        files[MANIFEST] = sound()[MANIFEST]
        path = written(out_of(tmp_path), listed(files))
        try:
            judged(path, world)
        except RelaisError as error:
            assert error.code.startswith("bundle_"), error  # noqa: PT017


def test_a_bundle_is_worth_nothing_under_owners_of_others(tmp_path: Path) -> None:
    """Whoever made the whole federation up has signed it with keys that the owners never had."""
    path = written(out_of(tmp_path), sound())
    others = replace(
        owners_of(small_world()), keys={kind: {} for kind in KINDS}, directory={}, parties={}
    )

    with pytest.raises(UsageError, match=r"owners_foreign.*ask them for their keys again"):
        judged(path, small_world(), owners=others)
