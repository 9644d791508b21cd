"""Why a file does not load, in words, French and English: code -> (what is wrong, what would mend it).

No logic but `told`; reviewed as text. The words of fields stand in `field_words`, those of what
clauses mean in `coherence_words`. `{0}`, `{1}` … are the error's facts: codes, names, numbers and
dates of the file; `got` and `expected` where the error gives no others. These may be English
phrases, which French never shows.
"""

from __future__ import annotations

from typing import Final

from contracts.convention.file.yaml_nodes import MAX_DEPTH, MAX_NODES
from contracts.errors import ConventionError
from services.committee.texts import coherence_errors, field_errors
from services.committee.texts.finding_texts import Pair

_BEGIN: Final = ("partir d'une copie de la convention en vigueur",
                 "begin with a copy of the convention in force")  # fmt: skip
_FEWER: Final = ("vérifier les retraits, les crochets et les accolades",
                 "check indents, brackets and braces")  # fmt: skip

# The file as text (`yamlfile`).
_YAML: Final[dict[str, tuple[Pair, Pair]]] = {
    "too_large": (
        ("le fichier dépasse la taille admise, {1} octets",
         "the file is larger than the {1} bytes that are allowed"),
        ("retirer ce qui n'appartient pas à la convention",
         "take out what does not belong to the convention"),
    ),
    "not_utf8": (
        ("cette ligne contient un caractère qui n'est pas codé en UTF-8",
         "this line holds a character that is not encoded in UTF-8"),
        ("réenregistrer le fichier en texte brut, codage UTF-8",
         "save the file again as plain text, encoding UTF-8"),
    ),
    "not_yaml": (
        ("le fichier ne se lit pas comme du YAML", "the file cannot be read as YAML"),
        ("vérifier, ici et juste avant, les retraits, les deux-points, les guillemets et les crochets",
         "check, here and just before, indents, colons, quotes and brackets"),
    ),
    "empty_file": (
        ("le fichier est vide, ou ne contient que des commentaires",
         "the file is empty, or holds nothing but comments"),
        _BEGIN,
    ),
    "not_a_mapping": (
        ("le fichier n'est pas fait de champs (« nom : valeur »)",
         "the file is not made of fields (“name: value”)"),
        _BEGIN,
    ),
    "alias_not_allowed": (
        ("un renvoi YAML (`*nom`) n'est pas admis : chaque clause se lit par elle-même",
         "a YAML alias (`*name`) is not allowed: each clause is read by itself"),
        ("recopier ici ce que le renvoi désigne ; un texte qui commence par * se met entre guillemets",
         "write here what the alias stands for; a text that begins with * goes in quotes"),
    ),
    "anchor_not_allowed": (
        ("une ancre YAML (`&nom`) n'est pas admise", "a YAML anchor (`&name`) is not allowed"),
        ("la retirer ; un texte qui commence par & se met entre guillemets",
         "leave it out; a text that begins with & goes in quotes"),
    ),
    "tag_not_allowed": (
        ("une étiquette YAML (`!nom`) n'est pas admise", "a YAML tag (`!name`) is not allowed"),
        ("la retirer ; un texte qui commence par ! se met entre guillemets",
         "leave it out; a text that begins with ! goes in quotes"),
    ),
    "directive_not_allowed": (
        ("une directive YAML (`%…`) n'est pas admise", "a YAML directive (`%…`) is not allowed"),
        ("retirer la ligne qui commence par %", "leave out the line that begins with %"),
    ),
    "several_documents": (
        ("le fichier contient plusieurs documents, séparés par `---`",
         "the file holds several documents, parted by `---`"),
        ("n'en garder qu'un", "keep one only"),
    ),
    "too_deep": (
        (f"plus de {MAX_DEPTH} niveaux sont emboîtés", f"more than {MAX_DEPTH} levels are nested"),
        _FEWER,
    ),
    "too_many_nodes": (
        (f"le fichier compte plus de {MAX_NODES} éléments",
         f"the file has more than {MAX_NODES} elements"),
        ("retirer ce qui n'appartient pas à la convention",
         "take out what does not belong to the convention"),
    ),
    "bad_key": (
        ("le nom d'un champ est un mot, et non une liste ou un groupe de champs",
         "the name of a field is a word, not a list or a group of fields"),
        _FEWER,
    ),
    "duplicate_key": (
        ("le même nom de champ figure deux fois ici", "the same field name stands here twice"),
        ("n'en garder qu'un", "keep one only"),
    ),
}  # fmt: skip

TEXTS: Final = _YAML | field_errors.FIELDS | field_errors.UNKNOWN | coherence_errors.TEXTS

WORDED: Final = TEXTS | coherence_errors.SUCCESSION

# (code, what was expected) -> words that say more than those of the code.
CASES: Final = field_errors.CASES | coherence_errors.CASES


def told(error: ConventionError, lang: str) -> tuple[str, str]:
    """What is wrong with a file, and what would mend it.

    Args:
        error: raised by `load`, or by `adoption.check_numbers`.
        lang: `fr` or `en`.
    """
    what, mend = CASES.get((error.code, error.expected)) or WORDED[error.code]
    index = 0 if lang == "fr" else 1
    return what[index].format(*error.facts), mend[index].format(*error.facts)
