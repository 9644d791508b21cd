"""What the code says, and the French catalogues: read, compared and brought together.

`python -m tests.services.texts.catalogues` (make texts) writes every `fr.po` anew: French that is
there stays, a new text has an empty one for a person to write, a text that went is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from services.play.demo.stories import STORIES, script

ROOT = Path(__file__).parents[3]
SERVICES = ROOT / "services"
KEYWORDS = {"_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
METHODS = {".py": "python", ".html": "jinja2.ext:babel_extract"}
HEADER = """\
# The French of this package. Write apostrophes as ’ and quotation marks as « »;
# no-break spaces and hyphens are set where a text is said (services/texts/typography.py).
msgid ""
msgstr ""
"Language: fr\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""

Key = tuple[str | None, str]


@dataclass(frozen=True)
class Package:
    """A package that says something."""

    folder: Path

    @property
    def po(self) -> Path:
        """Its French."""
        return self.folder / "fr.po"

    def code(self) -> Catalog:
        """Its texts as its Python and its templates mark them."""
        catalog = Catalog(locale="fr")
        for path in sorted(self.folder.rglob("*")):
            method = METHODS.get(path.suffix)
            if method is None:
                continue
            with path.open("rb") as file:
                for _, msgid, _, context in extract(method, file, KEYWORDS):
                    # The file alone: lines would move in every commit.
                    where = [(str(path.relative_to(ROOT)), 0)]
                    catalog.add(msgid, locations=where, context=context)
        for story in STORIES.values() if self.folder.name == "play" else ():
            for msgid in told(script(story)):
                where = [(f"services/play/demo/stories/{story}.yaml", 0)]
                catalog.add(msgid, locations=where)
        return catalog

    def french(self) -> Catalog:
        """Its catalogue as it is kept."""
        kept = self.po.read_bytes() if self.po.exists() else b""
        return read_po(BytesIO(kept), locale="fr", abort_invalid=True)


def told(value: Any) -> Iterator[str]:
    """The words of a story, or of a part of it."""
    if isinstance(value, dict):
        yield from (value[name] for name in ("says", "title") if name in value)
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from told(one)


def packages() -> list[Package]:
    """Every package with a catalogue or a marked text."""
    folders = sorted(path for path in SERVICES.iterdir() if (path / "__init__.py").exists())
    found = [Package(folder) for folder in folders if folder.name != "texts"]
    return [package for package in found if package.po.exists() or keys(package.code())]


def keys(catalog: Catalog) -> set[Key]:
    """(context, English) of every text."""
    return {key_of(message) for message in catalog if message.id}


def key_of(message: Message) -> Key:
    """(context, English in the singular)."""
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> tuple[str, ...]:
    """Its French: one form, or one for one and one for several; empty where missing."""
    strings = [message.string] if isinstance(message.string, str) else message.string or [""]
    return tuple(form or "" for form in strings)


def written_anew(package: Package) -> str:
    """The catalogue with what the code says now, and the French that there is."""
    catalog, kept = package.code(), {key_of(message): message for message in package.french()}
    for message in catalog:
        old = kept.get(key_of(message)) if message.id else None
        if old is not None and old.pluralizable == message.pluralizable:
            message.string = old.string
    file = BytesIO()
    write_po(file, catalog, width=100, omit_header=True, sort_output=True, include_lineno=False)
    return HEADER + file.getvalue().decode()


def main() -> None:
    """Write every catalogue anew and say how many texts wait for their French."""
    for package in packages():
        package.po.write_text(written_anew(package))
        missing = [
            message for message in package.french() if message.id and not all(forms(message))
        ]
        print(f"{package.po.relative_to(ROOT)}: {len(missing)} without French")  # noqa: T201


if __name__ == "__main__":
    main()
