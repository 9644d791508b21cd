"""Faults of fields in words, French and English: code -> (what is wrong, what would mend it).

Reviewed as text; see `load_words`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.convention.file.duty_grammar import STARTS
from contracts.convention.file.node_reader import MAX_TEXT
from contracts.convention.load import ORIGINS, SECRECY
from contracts.convention.model import CONDITIONS
from contracts.vocabulary.scopes import (
    ACK_STAGES,
    EVENT_TYPES,
    PURPOSES,
    REALMS,
    RETENTION_CLASSES,
    SCOPES,
    SYSTEM_EVENTS,
)
from services.committee.texts.finding_texts import Pair


def _one_of(codes: Iterable[str]) -> Pair:
    listed = ", ".join(codes)
    return f"employer l'un de ces codes : {listed}", f"use one of these codes: {listed}"


_BOTH: Final = ("l'écrire en français (`fr`) et en anglais (`en`)",
                "write it in French (`fr`) and in English (`en`)")  # fmt: skip

# Fields and their form (`reading`, `load`, `duty`).
FIELDS: Final[dict[str, tuple[Pair, Pair]]] = {
    "wrong_type": (  # as of now, each has words of its own in CASES
        ("ce qui est écrit ici n'a pas la forme attendue", "what is written here has another form"),
        ("comparer avec la convention en vigueur", "compare with the convention in force"),
    ),
    "unknown_field": (
        ("le champ « {0} » n'existe pas ici", "the field “{0}” does not exist here"),
        ("corriger son nom ou son niveau de retrait, ou le supprimer",
         "correct its name or its indent, or delete it"),
    ),
    "missing_field": (
        ("le champ « {1} » manque", "the field “{1}” is missing"),
        ("l'ajouter, comme dans la convention en vigueur", "add it, as in the convention in force"),
    ),
    "field_given_twice": (
        ("le champ « {0} » figure dans la clause et aussi dans l'une de ses parties (`grants`)",
         "the field “{0}” stands at the clause and also at one of its parts (`grants`)"),
        ("le garder dans la clause s'il vaut pour toutes ses parties, sinon dans chacune d'elles",
         "keep it at the clause if it holds for all its parts, else at each of them"),
    ),
    "repeated_item": (
        ("« {0} » figure deux fois dans cette liste", "“{0}” stands twice in this list"),
        ("n'en garder qu'un", "keep one only"),
    ),
    "too_many_items": (
        ("« {0} » compte plus de {1} éléments", "“{0}” has more than {1} items"),
        ("retirer ce qui n'appartient pas à la convention",
         "take out what does not belong to the convention"),
    ),
    "too_many_questions": (
        ("à partir de {0}, les clauses répondent à plus de {1} questions (émetteur, acte, finalité, destinataire)",
         "from {0} on, the clauses answer more than {1} questions (sender, act, purpose, recipient)"),
        ("nommer moins d'émetteurs ou de destinataires", "name fewer senders or recipients"),
    ),
    "never_applies": (
        ("la liste « {0} » est vide : la clause ne s'appliquerait jamais",
         "the list “{0}” is empty: the clause would never apply"),
        ("la remplir, ou retirer la clause", "fill it, or leave out the clause"),
    ),
    "empty_text": (
        ("le texte « {1} » est vide", "the text “{1}” is empty"), ("l'écrire", "write it"),
    ),
    "missing_label": (
        ("le texte « {1} » manque ou est vide", "the text “{1}” is missing or empty"), _BOTH,
    ),
    "missing_sentence": (
        ("la phrase manque, ou manque dans une des deux langues (« {1} »)",
         "the sentence is missing, or missing in one of the two languages (“{1}”)"),
        _BOTH,
    ),
    "text_too_long": (
        (f"ce texte compte {{0}} caractères ; {MAX_TEXT} sont admis",
         f"this text has {{0}} characters; {MAX_TEXT} are allowed"),
        ("l'abréger", "shorten it"),
    ),
    "suspicious_character": (
        ("ce texte contient un caractère invisible ou d'un autre alphabet que l'alphabet latin",
         "this text holds a character that is invisible or not of the Latin alphabet"),
        ("retaper le mot au clavier", "type the word anew"),
    ),
    "look_alike": (
        ("ce code contient une lettre accentuée ou d'un autre alphabet, qui peut tromper l'œil",
         "this code holds a letter with an accent or of another alphabet, which may deceive the eye"),
        ("retaper le code au clavier, sans accent", "type the code anew, without accents"),
    ),
    "bad_code": (
        ("« {0} » n'a pas la forme d'un code", "“{0}” does not have the form of a code"),
        ("n'employer que des lettres sans accent, des chiffres et - _ . : |, sans espace",
         "use letters without accents, digits and - _ . : | alone, no space"),
    ),
    "bad_date": (
        ("ce n'est pas une date qui existe", "this is not a date that exists"),
        ("écrire AAAA-MM-JJ, par exemple 2026-01-31 ; parmi les jours fériés, MM-JJ, par exemple 07-14",
         "write YYYY-MM-DD, such as 2026-01-31; among holidays, MM-DD, such as 07-14"),
    ),
    "bad_offset": (
        ("ce décalage n'est ni l'heure d'hiver ni l'heure d'été de Paris",
         "this offset is neither winter time nor summer time in Paris"),
        ("écrire \"+01:00\" (hiver) ou \"+02:00\" (été)",
         "write \"+01:00\" (winter) or \"+02:00\" (summer)"),
    ),
    "bad_digest": (
        ("ce n'est pas l'empreinte d'une convention", "this is not the digest of a convention"),
        ("recopier les 43 caractères de `convd` (relais convention verify … --format json)",
         "copy the 43 characters of `convd` (relais convention verify … --format json)"),
    ),
    "bad_quorum": (
        ("un quorum de {0} ne convient pas au nombre des parties, {1}",
         "a quorum of {0} does not fit the number of parties, {1}"),
        ("écrire `all` (toutes les parties), ou un nombre de 1 à {1}",
         "write `all` (all parties), or a number from 1 to {1}"),
    ),
    "no_parties": (
        ("la convention n'a aucune partie", "the convention has no party"),
        ("inscrire au moins un signataire à `parties`", "put at least one signatory at `parties`"),
    ),
    "bad_party": (
        ("« {0} » ne peut être le code d'une partie", "“{0}” cannot be the code of a party"),
        ("n'employer que des minuscules sans accent et _, et aucun nom réservé au bus, tel admin",
         "use small letters without accents and _ alone, and no name of the bus's own, such as admin"),
    ),
    "bad_clause_id": (
        ("« {0} » n'a pas la forme d'un identifiant de clause",
         "“{0}” does not have the form of a clause's identifier"),
        ("écrire R suivi de deux chiffres, ou de trois à partir de R100, par exemple R46",
         "write R and two digits, or three from R100 on, such as R46"),
    ),
    "clause_repeated": (
        ("le même identifiant de clause, {0}, est employé deux fois",
         "the same clause identifier, {0}, is used twice"),
        ("donner à la clause nouvelle un identifiant qui n'a jamais servi",
         "give the new clause an identifier that was never used"),
    ),
    "bad_act": (
        ("« {0} » n'est pas un acte qui puisse être dû", "“{0}” is not an act that can be owed"),
        ("écrire un accusé (ACK:received), une clause (R11, R12|R39) ou une issue définitive (R39:final)",
         "write an acknowledgement (ACK:received), a clause (R11, R12|R39) or a final outcome (R39:final)"),
    ),
    "bad_within": (
        ("« {0} » n'est pas un délai", "“{0}” is not a time limit"),
        ("écrire par exemple 15min, 2h, day (le jour même), 1wd (jour ouvré), 8d, 3mo, due (date fixée par l'émetteur)",
         "write for example 15min, 2h, day (the same day), 1wd (working day), 8d, 3mo, due (a date that the sender sets)"),
    ),
    "bad_repeat": (
        ("une obligation qui se répète ne peut courir ainsi (« {0} ») : ses échéances se comptent en mois",
         "a duty that repeats cannot run like this (“{0}”): its dates are counted in months"),
        ("écrire par exemple `within: 1mo`, sans `urgent_within: due`, à partir de `delivery` ou de `transmission`",
         "write for example `within: 1mo`, without `urgent_within: due`, from `delivery` or `transmission`"),
    ),
    "bad_opening": (
        ("« {0} » ne peut ouvrir une obligation", "“{0}” cannot open a duty"),
        ("écrire une étape (ACK:started), ou une obligation qui courait (open:R23)",
         "write a stage (ACK:started), or a duty that was open (open:R23)"),
    ),
}  # fmt: skip

# Codes that no table knows.
UNKNOWN: Final[dict[str, tuple[Pair, Pair]]] = {
    "unknown_role": (
        ("« {0} » n'est pas un rôle connu ici", "“{0}” is not a role that is known here"),
        ("corriger le code, ou l'ajouter à la table `roles` (`readers` pour un lecteur de statistiques)",
         "correct the code, or add it to the table `roles` (`readers` for a reader of statistics)"),
    ),
    "unknown_assignee": (
        ("« {0} » : un envoi ne fait entrer dans la situation que son émetteur et son destinataire",
         "“{0}”: an event makes nobody but its sender and its recipient take part in the case"),
        ("écrire `issuer`, `recipient` ou les deux ; un autre rôle entre par une clause dont il est lui-même l'émetteur ou le destinataire",
         "write `issuer`, `recipient` or both; another role comes in by a clause of which it is itself a sender or a recipient"),
    ),
    "unknown_agency": (
        ("« {0} » n'est pas une partie à la convention", "“{0}” is not a party to the convention"),
        ("corriger le code, ou l'ajouter à la table `parties`",
         "correct the code, or add it to the table `parties`"),
    ),
    "unknown_basis": (
        ("« {0} » n'est pas un texte de la table `texts`", "“{0}” is not a legal text of the table `texts`"),
        ("corriger le code, ou ajouter le texte à la table",
         "correct the code, or add the text to the table"),
    ),
    "unknown_scope": (
        ("« {0} » n'est pas un code de donnée", "“{0}” is not a code of data"), _one_of(SCOPES),
    ),
    "unknown_event": (
        ("« {0} » n'est pas un acte connu", "“{0}” is not a known act"),
        _one_of(EVENT_TYPES),
    ),
    "unknown_purpose": (
        ("« {0} » n'est pas une finalité connue", "“{0}” is not a known purpose"), _one_of(PURPOSES),
    ),
    "unknown_condition": (
        ("« {0} » n'est pas une condition connue", "“{0}” is not a known condition"),
        _one_of(CONDITIONS),
    ),
    "unknown_realm": (
        ("« {0} » n'est pas un bus", "“{0}” is not a bus"), _one_of(REALMS),
    ),
    "unknown_retention": (
        ("« {0} » n'est pas une durée de conservation", "“{0}” is not a retention class"),
        _one_of(RETENTION_CLASSES),
    ),
    "unknown_flag": (
        ("« {0} » ne dit pas d'où vient la règle : loi, pratique ou invention",
         "“{0}” does not say where the rule comes from: law, practice or invention"),
        _one_of(ORIGINS),
    ),
    "unknown_secrecy": (
        ("« {0} » n'est pas une source du secret professionnel, ni l'absence de secret",
         "“{0}” is not a source of professional secrecy, nor its absence"),
        _one_of(SECRECY),
    ),
    "unknown_stage": (
        ("« {0} » n'est pas une étape d'accusé de réception",
         "“{0}” is not a stage of acknowledgement"),
        _one_of(ACK_STAGES),
    ),
    "unknown_start": (
        ("« {0} » n'est pas un point de départ de délai",
         "“{0}” is not where a time limit can begin"),
        _one_of(STARTS),
    ),
    "unknown_channel": (
        ("« {0} » n'est pas une voie d'envoi", "“{0}” is not a channel"),
        ("écrire `channel: publication`, ou retirer le champ",
         "write `channel: publication`, or leave out the field"),
    ),
    "unknown_zone": (
        ("le fuseau horaire n'est pas celui de Paris", "the time zone is not that of Paris"),
        ("écrire `zone: Europe/Paris`", "write `zone: Europe/Paris`"),
    ),
}  # fmt: skip

CASES: Final[dict[tuple[str, str], tuple[Pair, Pair]]] = {
    ("wrong_type", "a mapping"): (
        ("des champs (« nom : valeur ») sont attendus ici", "fields (“name: value”) belong here"),
        ("écrire chaque champ sur sa ligne, en retrait", "write each field on its line, indented"),
    ),
    ("wrong_type", "a list"): (
        ("une liste est attendue ici", "a list belongs here"),
        ("la mettre entre crochets, même si elle n'a qu'un élément : [CRIP]",
         "put it in brackets, even if it has one item only: [CRIP]"),
    ),
    ("wrong_type", "a text"): (
        ("une seule valeur est attendue ici, et non une liste ou un groupe de champs",
         "one value belongs here, not a list or a group of fields"),
        ("retirer les crochets, les accolades ou les tirets",
         "leave out brackets, braces or dashes"),
    ),
    ("wrong_type", "a number"): (
        ("un nombre entier est attendu ici", "a whole number belongs here"),
        ("l'écrire en chiffres, six au plus, sans guillemets",
         "write it in figures, six at most, without quotes"),
    ),
    ("wrong_type", "true or false"): (
        ("oui ou non est attendu ici", "yes or no belongs here"),
        ("écrire `true` (oui) ou `false` (non), sans guillemets",
         "write `true` (yes) or `false` (no), without quotes"),
    ),
    ("bad_date", "%Y-%m-%dT%H:%M:%SZ"): (
        ("ce n'est pas un instant qui existe", "this is not an instant that exists"),
        ("l'écrire en temps universel, par exemple 2026-03-29T01:00:00Z",
         "write it in universal time, such as 2026-03-29T01:00:00Z"),
    ),
    ("bad_within", "before the end only"): (
        ("« {0} » : un délai porte le signe moins s'il court avant un terme (`ends_on`), et alors seulement",
         "“{0}”: a time limit has a minus sign if it runs before an end (`ends_on`), and only then"),
        ("écrire par exemple `within: -15d` avec `start: ends_on`, ou ni l'un ni l'autre",
         "write for example `within: -15d` with `start: ends_on`, or neither"),
    ),
    ("bad_within", "days or months from a date"): (
        ("« {0} » ne se compte pas à partir d'une date : les heures et les jours ouvrés courent d'un instant",
         "“{0}” does not count from a date: hours and working days run from an instant"),
        ("écrire par exemple `8d`, `3mo` ou `day`, ou compter à partir de `delivery` ou de `transmission`",
         "write for example `8d`, `3mo` or `day`, or count from `delivery` or `transmission`"),
    ),
    ("unknown_event", "a system event"): (
        ("« {0} » n'est pas un événement du bus lui-même", "“{0}” is not an event of the bus itself"),
        _one_of(SYSTEM_EVENTS),
    ),
}  # fmt: skip
