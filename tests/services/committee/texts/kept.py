"""All generated sentences as one text, to be reviewed as text: `sentences.txt` beside this module.

`python -m tests.services.committee.texts.kept` writes it anew, after the wording was changed on
purpose; what then differs is read by a person before it is committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from services.committee.diff.change_text import sentence, title
from services.committee.diff.compare import diff
from services.committee.matrix.clause_margin import beside
from services.committee.texts.clause_sentence import generate
from services.labels.code_labels import CONDITION_TEXTS, REASON_TEXTS

FILE = Path(__file__).with_name("sentences.txt")
LANGUAGES = ("fr", "en")


def whole() -> str:
    """The text as it has to be."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    first, second = (load(read(name), name) for name in (SHIPPED, SECOND))
    for convention in (first, second):
        yield f"# {convention.file}"
        for grant in convention.grants:
            yield f"\n## {grant.id}"
            for lang in LANGUAGES:
                yield f"{lang}: {generate(convention, grant, lang)}"
                yield from (f"    {line}" for line in beside(convention, grant, lang))
        yield ""
    yield f"# {SHIPPED} -> {SECOND}"
    for change in diff(first, second).changes:
        yield ""
        for lang in LANGUAGES:
            yield f"{lang}: {title(change.group, lang)}. {sentence(first, second, change, lang)}"
    for name, table in (("conditions", CONDITION_TEXTS), ("reasons", REASON_TEXTS)):
        yield f"\n# {name}"
        for code, text in table.items():
            yield f"\n{code}\nfr: {text.say('fr')}\nen: {text.say('en')}"


if __name__ == "__main__":
    FILE.write_text(whole(), encoding="utf-8")
