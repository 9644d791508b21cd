"""Lint's findings in words, French and English: code -> (what was found, what would end it).

No logic; reviewed as text. `{0}`, `{1}` … are the finding's facts.
"""

from __future__ import annotations

from typing import Final

Pair = tuple[str, str]  # French, English

_LEAVE_OUT: Final = ("retirer cette entrée", "leave it out")
_TRANSLATE: Final = ("le traduire", "translate it")

TEXTS: Final[dict[str, tuple[Pair, Pair]]] = {
    "sentence_differs": (
        ("la phrase ({0}) ne dit pas ce que disent les données",
         "the sentence ({0}) does not say what the data say"),
        ("écrire : {1}", "write: {1}"),
    ),
    "not_translated": (
        ("{0} : le même texte en français et en anglais", "{0}: the same text in French and English"),
        _TRANSLATE,
    ),
    "label_differs": (
        ("{0} porte un autre nom (`{1}`) là où aucune convention n'est à portée",
         "{0} has another name (`{1}`) where no convention is at hand"),
        ("garder « {2} » et « {3} », ou aligner services.committee.texts.code_labels",
         "keep “{2}” and “{3}”, or align services.committee.texts.code_labels"),
    ),
    "basis_ends": (
        ("{0} n'est plus en vigueur après le {1}", "{0} ends on {1}"),
        ("une version en vigueur ensuite cite {2}", "a version effective then names {2}"),
    ),
    "basis_lost": (
        ("{0} n'est plus en vigueur après le {1}, sans texte qui lui succède",
         "{0} ends on {1}, and no text follows it"),
        ("nommer le texte qui lui succède", "name its successor"),
    ),
    "successor_circle": (
        ("{0} finit par se succéder à lui-même, par {1}", "{0} at last follows itself, by way of {1}"),
        ("corriger `successor` : chaque texte est remplacé par un plus récent",
         "correct `successor`: each text is replaced by a later one"),
    ),
    "holiday_missing": (
        ("le calendrier n'a pas le {0}, jour férié (code du travail, art. L. 3133-1)",
         "the calendar lacks {0}, a public holiday (Labour Code, art. L. 3133-1)"),
        ("l'inscrire à `holidays`", "put it at `holidays`"),
    ),
    "holiday_unknown": (
        ("le calendrier tient pour férié le {0}, qui ne l'est pas (code du travail, art. L. 3133-1)",
         "the calendar has {0} as a holiday, which it is not (Labour Code, art. L. 3133-1)"),
        ("le retirer de `holidays`", "take it out of `holidays`"),
    ),
    "clock_differs": (
        ("le changement d'heure du {0} n'est pas celui de la directive 2000/84/CE",
         "the clock change on {0} is not that of directive 2000/84/EC"),
        ("l'inscrire à `offsets` au dernier dimanche de mars ou d'octobre, à 01:00 en temps universel",
         "put it at `offsets` on the last Sunday of March or October, at 01:00 universal time"),
    ),
    "text_unused": (
        ("{0} ne fonde aucune clause", "{0} is the basis of no clause"), _LEAVE_OUT,
    ),
    "text_not_checked": (
        ("{0} textes sur {1} n'ont été vérifiés par aucun juriste",
         "{0} of {1} legal texts were checked by no lawyer"),
        ("inscrire la date de la vérification à `checked`",
         "put the date of the check at `checked`"),
    ),
    "text_never_in_force": (
        ("{0} prend fin le {1}, avant d'entrer en vigueur", "{0} ends on {1}, before it begins"),
        ("corriger ses dates", "correct its dates"),
    ),
    "successor_too_late": (
        ("{0} n'entre en vigueur que le {1}, après la fin de {2}",
         "{0} begins on {1}, after {2} has ended"),
        ("nommer le texte en vigueur dans l'intervalle", "name what is in force between"),
    ),
    "calendar_ends": (
        ("le calendrier s'arrête le {0} ; rien ne peut échoir plus tard",
         "the calendar ends on {0}; nothing can fall due later"),
        ("adopter avant cette date une version dont la table va plus loin",
         "adopt a version with a longer table before"),
    ),
    "never_released": (
        ("aucune clause ne transmet jamais {0}", "no clause ever releases {0}"),
        ("ajouter une clause si la donnée doit circuler ; sinon, c'est ce qui a été convenu",
         "add a clause if it should be sent; else this is what was agreed"),
    ),
    "never_released_whole": (
        ("aucune clause ne transmet {0} en entier, seulement des parties",
         "no clause ever releases {0} as a whole, only narrow scopes of it"),
        ("ajouter une clause si la donnée doit circuler ; sinon, c'est ce qui a été convenu",
         "add a clause if it should be sent; else this is what was agreed"),
    ),
    "never_answers": (
        ("{0} reçoit dans le domaine `{1}`, mais aucune clause ne lui permet d'y répondre",
         "{0} receives in the realm `{1}`, but no clause lets it answer there"),
        ("ajouter une clause ; sinon, ce rôle ne peut qu'accuser réception",
         "add a clause; else this role can only acknowledge"),
    ),
    "role_unused": (("aucune clause ne nomme {0}", "no clause names {0}"), _LEAVE_OUT),
    "reader_unused": (
        ("rien n'est publié pour {0}", "nothing is published for {0}"), _LEAVE_OUT,
    ),
    "conditions_never_met": (
        ("vers {1}, aucun envoi ne remplit à la fois {0} : rien que cette version permette n'y répond",
         "towards {1}, no event meets {0} at once: nothing that this version permits lets it"),
        ("en retirer une, ou le destinataire {1}", "leave out one, or the recipient {1}"),
    ),
    "scope_never_copied": (
        ("aucun signalement de {0} ne contient {1} : aucune copie ne le peut",
         "no report of {0} holds {1}, so that no copy can"),
        ("retirer {1}, ou le permettre dans le signalement",
         "leave out {1}, or let the report hold it"),
    ),
    "reply_elsewhere": (
        ("{0} ne peut être adressé à {1}", "{0} cannot be addressed to {1}"),
        ("l'acte éteint l'obligation à quelque destinataire qu'il aille",
         "the act to any addressee discharges it"),
    ),
    "reply_impossible": (
        ("{0} doit {1} à {2}, et aucun envoi que les clauses permettent ne l'en acquitte",
         "{0} owes {1} to {2}, and no event that clauses permit discharges it"),
        ("permettre à {0} d'adresser {1} à {2} en réponse à cet envoi, ou retirer l'obligation",
         "let {0} address {1} to {2} in answer to this event, or leave out the duty"),
    ),
    "promise_forbids_nothing": (
        ("la garantie {0} n'interdit rien : « {1} »", "the promise {0} forbids nothing: “{2}”"),
        ("lui donner une condition, ou une durée plus courte que la plus longue ; ou la retirer",
         "give it a condition, or a class shorter than the longest; or leave it out"),
    ),
    "copy_not_permitted": (
        ("{0} doit {1}, et aucune clause ne lui permet d'en copier quoi que ce soit",
         "{0} owes {1}, and no clause lets it copy any of this to them"),
        ("permettre à {1} de contenir une partie de ces données pour {0}",
         "let {1} hold some of these scopes for {0}"),
    ),
    "deadline_without_calendar": (
        ("{0}, dans un délai de {1}, échoit après le dernier jour du calendrier",
         "{0} within {1} falls due after the calendar's last day"),
        ("prolonger les tables des jours fériés et des changements d'heure",
         "extend the tables of holidays and clock changes"),
    ),
    "more_findings": (
        ("constats de plus, non affichés : {0}", "more findings, not shown: {0}"),
        ("corriger d'abord ceux qui précèdent", "mend those above first"),
    ),
    "kept_too_long": (
        ("{0} est conservé {1} jours, {2} au plus", "{0} is kept for {1} days, {2} at most"),
        ("keep : {3}, ou retirer {0}", "keep: {3}, or leave out {0}"),
    ),
}  # fmt: skip
