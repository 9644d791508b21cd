"""Every text has its French, and every French text reads as one."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from services.texts import Catalogue
from tests.services.texts.catalogues import Package, forms, key_of, keys, packages, written_anew

PACKAGES = [pytest.param(package, id=package.folder.name) for package in packages()]
ILL_TYPED = re.compile(r"[\u00a0\u202f\u2011“”]|\w'\w|\w[;!?»]|«\w|\.\.\.")
# Of facts that are never 0 or 1, and of what is no number.
NEVER_ONE = {
    "{all} textes", "{becomes} jours", "{days} jours", "{desk} vous", "{every} inscriptions",
    "{expected} caractères", "{n} des", "{n} jours", "{shown} premières",
}  # fmt: skip
each_package = pytest.mark.parametrize("package", PACKAGES)


def places(text: str) -> set[str]:
    """The facts that a text has room for."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@each_package
def test_each_text_has_its_french_with_the_same_facts_typed_as_the_catalogue_says(
    package: Package,
) -> None:
    """A person wrote each form; no fact is lost or invented; no-break spaces are set."""
    lacking, different, wrong = [], [], list[str]()
    for one in (message for message in package.french() if message.id):
        english = one.id if isinstance(one.id, str) else one.id[-1]
        wanted = places(english) - {"n"}
        lacking += [key_of(one)] if one.fuzzy or not all(forms(one)) else []
        different += [key_of(one)] if any(places(f) - {"n"} != wanted for f in forms(one)) else []
        wrong += [form for form in forms(one) if ILL_TYPED.search(re.sub("`[^`]*`", "", form))]

    assert (lacking, different, wrong) == ([], [], [])


@each_package
def test_a_noun_in_the_plural_follows_no_number_that_may_be_one(package: Package) -> None:
    """`1 événements`: such a text has two forms (ngettext), or says its number last."""
    fixed = (one for one in package.french() if one.id and isinstance(one.id, str))
    plurals = {hit for one in fixed for hit in re.findall(r"\{\w+\} \w+s\b", forms(one)[0])}

    assert plurals <= NEVER_ONE


@each_package
def test_the_catalogue_is_kept_in_one_form(package: Package) -> None:
    """Exactly the texts that the code marks, sorted, without dates, with the files that say it."""
    assert package.po.read_text() == written_anew(package), "run `make texts`, write the French"


@each_package
def test_every_marked_text_is_seen_by_the_extractor(package: Package) -> None:
    """A text inside an f-string, or made at run time, would have no French and no test."""
    unseen = []
    seen = {english for _, english in keys(package.code())}
    for path in sorted(package.folder.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and _marks(call.func):
                messages = [
                    one.value if isinstance(one, ast.Constant) else None for one in call.args
                ]
                if not seen & set(messages):
                    unseen.append(f"{path.relative_to(package.folder)}:{call.lineno}")

    assert unseen == []


def _marks(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in {"ngettext", "pgettext"}
    return isinstance(function, ast.Name) and function.id == "_"


def test_a_text_is_said_in_english_where_french_is_missing() -> None:
    """Wording never raises for a text that nobody has translated."""
    text = Catalogue("services.texts.nowhere").ngettext(
        "{n} change of {what}", "{n} changes of {what}"
    )

    assert text.say("fr", n=1, what="law") == "1 change of law"
    assert text.say("en", n=1315, what=["law", "form"]) == "1,315 changes of law and form"
