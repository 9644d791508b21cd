"""What makes no sense in a file that reads well, in words: code -> (what is wrong, what would mend it).

No logic; reviewed as text; French and English, see `file_errors`. Of a clause, `{0}` is its id.
"""

from __future__ import annotations

from typing import Final

from services.committee.texts.finding_texts import Pair

TEXTS: Final[dict[str, tuple[Pair, Pair]]] = {
    # tables
    "predecessor_missing": (
        ("cette version ne nomme pas celle qui la précède", "this version does not name the one before"),
        ("mettre à `predecessor` l'empreinte de la version précédente (`convd` : relais convention verify … --format json)",
         "put the digest of the version before at `predecessor` (`convd`: relais convention verify … --format json)"),
    ),
    "predecessor_unexpected": (
        ("la version 1 n'en suit aucune, et nomme pourtant une version précédente",
         "version 1 follows no other, and yet names a version before"),
        ("vider `predecessor`, ou corriger `version`", "empty `predecessor`, or correct `version`"),
    ),
    "agency_differs": (
        ("le service du rôle {0} est {2}, et non {1}", "the agency of the role {0} is {2}, not {1}"),
        ("écrire `agency: {2}`", "write `agency: {2}`"),
    ),
    "colleague_elsewhere": (
        ("le collègue de {0} est {1}, du service {2} : un collègue est un autre rôle du même service, {3}",
         "the colleague of {0} is {1}, of the agency {2}: a colleague is another role of the same agency, {3}"),
        ("nommer un autre rôle de {3}, ou retirer `colleague`",
         "name another role of {3}, or take out `colleague`"),
    ),
    "id_repeated": (
        ("le code {0} désigne déjà un rôle, ou le bus", "the code {0} already means a role, or the bus"),
        ("en choisir un autre", "choose another"),
    ),
    "codes_alike": (
        ("le code {1} se confond à l'œil avec {0}", "the code {1} looks like {0}"),
        ("en choisir un qui s'en distingue autrement que par 0 et O, 1, I et l, rn et m, la casse ou un signe",
         "choose one that differs from it by more than 0 and O, 1, I and l, rn and m, case or a sign"),
    ),
    "names_alike": (
        ("{1} porte le même nom que {0}, ou presque : « {2} »",
         "{1} has the same name as {0}, or nearly: “{2}”"),
        ("donner à chacun un nom que nul ne prenne pour l'autre",
         "give each a name that nobody takes for the other"),
    ),
    "calendar_gap": (
        ("les changements d'heure du calendrier manquent ou ne sont pas dans l'ordre des dates",
         "the calendar's clock changes are missing or not in the order of their dates"),
        ("les inscrire à `offsets` du plus ancien au plus récent, chacun une fois",
         "put them at `offsets` from the earliest to the latest, each once"),
    ),
    "system_differs": (
        ("événement {0} du bus : `{1}` ne dit pas ce que le bus fait",
         "event {0} of the bus: `{1}` does not say what the bus does"),
        ("reprendre `{1}` tel qu'il est dans la convention en vigueur : le bus ne le lit pas",
         "take `{1}` as it stands in the convention in force: the bus does not read it"),
    ),
    # a clause by itself
    "basis_not_in_force": (
        ("{0} : le texte {1} n'est pas en vigueur à la date d'effet, le {2}",
         "{0}: the text {1} is not in force on the date of effect, {2}"),
        ("citer le texte en vigueur ce jour-là, ou corriger les dates de {1}",
         "name the text in force on that day, or correct the dates of {1}"),
    ),
    "publication_with_desk": (
        ("{0} : une publication va du bus à des lecteurs de statistiques, et à nul autre",
         "{0}: a publication goes from the bus to readers of statistics, and to nobody else"),
        ("écrire `issuers: [BUS]`, et des codes de la table `readers` à `recipients`",
         "write `issuers: [BUS]`, and codes of the table `readers` at `recipients`"),
    ),
    "publication_of_persons": (
        ("{0} : une publication ne contient que des statistiques",
         "{0}: a publication holds nothing but statistics"),
        ("écrire `event: STAT`, et seulement des données STAT, telles que STAT.counts",
         "write `event: STAT`, and only STAT data, such as STAT.counts"),
    ),
    "reader_without_publication": (
        ("{0} : le bus et les lecteurs de statistiques n'ont de place que dans une publication",
         "{0}: the bus and readers of statistics have a place in a publication only"),
        ("nommer des rôles, ou ajouter `channel: publication`",
         "name roles, or add `channel: publication`"),
    ),
    "stat_without_publication": (
        ("{0} : des statistiques sont publiées, et ne vont jamais d'un service à un autre (`{1}`)",
         "{0}: statistics are published, and never go from desk to desk (`{1}`)"),
        ("ajouter `channel: publication`, ou choisir un autre acte",
         "add `channel: publication`, or choose another act"),
    ),
    "issuer_without_realm": (
        ("{0} : l'émetteur {1} n'agit pas sur ce bus (`{2}`)",
         "{0}: the sender {1} does not act on this bus (`{2}`)"),
        ("retirer {1} de cette clause, corriger `realm`, ou ouvrir ce bus à {1} dans `roles`",
         "leave {1} out of this clause, correct `realm`, or open this bus to {1} in `roles`"),
    ),
    "recipient_without_realm": (
        ("{0} : le destinataire {1} n'agit pas sur ce bus (`{2}`)",
         "{0}: the recipient {1} does not act on this bus (`{2}`)"),
        ("retirer {1} de cette clause, corriger `realm`, ou ouvrir ce bus à {1} dans `roles`",
         "leave {1} out of this clause, correct `realm`, or open this bus to {1} in `roles`"),
    ),
    "sends_to_itself": (
        ("{0} : {1} est à la fois émetteur et destinataire", "{0}: {1} is both sender and recipient"),
        ("le retirer d'un des deux côtés", "leave it out on one side"),
    ),
    "secrecy_never_met": (
        ("{0} : la clause exige le secret professionnel ; d'après la table `roles`, {1} n'y est pas tenu",
         "{0}: the clause demands professional secrecy; by the table `roles`, {1} is not bound by it"),
        ("retirer {1} de cette clause, ou la condition `secrecy`",
         "leave {1} out of this clause, or leave out the condition `secrecy`"),
    ),
    "never_assigned": (
        ("{0} : {1} doit déjà intervenir dans la situation, et aucune clause ne l'y fait entrer",
         "{0}: {1} must already take part in the case, and no clause makes it do so"),
        ("ajouter `recipient` à `assigns` dans une clause dont {1} est destinataire (`issuer` s'il en est l'émetteur), ou retirer la condition `assigned`",
         "add `recipient` to `assigns` in a clause of which {1} is a recipient (`issuer` if it is a sender), or leave out the condition `assigned`"),
    ),
    "reply_to_nothing": (
        ("{0} : la clause répond à ce que {1} aurait envoyé, et aucune clause ne prévoit cet envoi",
         "{0}: the clause answers what {1} would have sent, and no clause provides for sending it"),
        ("retirer {1} de cette clause, ou prévoir l'envoi auquel elle répond",
         "leave {1} out of this clause, or provide for the event that it answers"),
    ),
    "copy_of_nothing": (
        ("{0} : aucune clause ne donne à {1} un original à copier",
         "{0}: no clause gives {1} an original to copy"),
        ("retirer {1} de cette clause, ou lui permettre d'abord l'original, un signalement (`SIG`, `protect_now`) de ces données",
         "leave {1} out of this clause, or let it send the original first, a report (`SIG`, `protect_now`) of these data"),
    ),
    "hard_denial": (
        ("{0} : {1} ne peut aller à {2} par cet envoi, quoi que dise la clause",
         "{0}: {1} may not go to {2} by this event, whatever the clause says"),
        ("retirer cette donnée, ou ce destinataire ; aucune convention ne lève cette interdiction",
         "leave out this data, or this recipient; no convention lifts this prohibition"),
    ),
    "assignment_missing": (
        ("{0} : {1} ne peut recevoir cet acte que s'il intervient déjà dans la situation",
         "{0}: {1} may receive this act only if it already takes part in the case"),
        ("ajouter la condition `assigned`", "add the condition `assigned`"),
    ),
    "trap_released": (
        ("{0} : {1} est à la fois transmis et donné pour exclu (`traps`)",
         "{0}: {1} is both released and given as excluded (`traps`)"),
        ("retirer {1} de `traps`, ou de ce que permet `scopes`",
         "leave {1} out of `traps`, or of what `scopes` permits"),
    ),
    # what it makes somebody owe
    "duty_never_begins": (
        ("{0} : l'obligation {1} commencerait par un accusé de réception de qui n'est pas affecté à la situation",
         "{0}: the duty {1} would begin with an acknowledgement by somebody who is not assigned to the case"),
        ("ajouter `recipient` à `assigns`, ou laisser `opened_by`",
         "add `recipient` to `assigns`, or leave out `opened_by`"),
    ),
    "duty_never_opens": (
        ("{0} : l'obligation {1} vise un destinataire qui n'est pas de cette clause",
         "{0}: the duty {1} is about a recipient that is not of this clause"),
        ("corriger `recipients` dans l'obligation", "correct `recipients` in the duty"),
    ),
    "ack_not_by_recipient": (
        ("{0} : seul le destinataire doit l'accusé {1}, et seulement à l'émetteur",
         "{0}: the acknowledgement {1} is owed by the recipient alone, and to the sender alone"),
        ("écrire `debtor: recipient` et `creditor: issuer`",
         "write `debtor: recipient` and `creditor: issuer`"),
    ),
    "unknown_clause": (
        ("{0} : une obligation renvoie à {1}, qui n'est pas une clause de ce fichier",
         "{0}: a duty refers to {1}, which is not a clause of this file"),
        ("corriger l'identifiant, ou ajouter la clause", "correct the identifier, or add the clause"),
    ),
    "reply_without_clause": (
        ("{0} : {1} doit {2}, et aucune clause ne lui permet de s'en acquitter",
         "{0}: {1} owes {2}, and no clause lets it discharge this"),
        ("ajouter {1} aux émetteurs de {2}, ou nommer un autre débiteur",
         "add {1} to the issuers of {2}, or name another debtor"),
    ),
    "duty_hidden": (
        ("{0} : pour un même envoi, {2} devrait {1} plusieurs fois, à d'autres créanciers ou dans d'autres délais ; le bus n'ouvrirait que la première obligation",
         "{0}: for one event {2} would owe {1} several times, to other creditors or by other dates; the bus would open the first duty only"),
        ("n'en garder qu'une, ou attacher l'autre à un autre acte",
         "keep one only, or let the other be about another act"),
    ),
    # clauses against one another, and against the invariants
    "two_answers": (
        ("{0} et {1} répondent à la même question : mêmes bus, émetteur, acte, finalité et destinataire",
         "{0} and {1} answer the same question: same bus, sender, act, purpose and recipient"),
        ("les réunir, ou en distinguer la finalité", "make them one, or part their purposes"),
    ),
    "invariant_broken": (
        ("{0} : {2} pourrait transmettre {3} à {4} ({5}, {6}), contre la garantie {1} : « {7} »",
         "{0}: {2} could send {3} to {4} ({5}, {6}), against the promise {1}: “{8}”"),
        ("restreindre la clause, ou convenir d'une autre garantie",
         "narrow the clause, or agree on another promise"),
    ),
    "invariant_broken_by_duty": (
        ("{0} : par l'obligation {3}, {4} apprendrait ce que {2} envoie ({5}, {6}), contre la garantie {1} : « {7} »",
         "{0}: by the duty {3}, {4} would hear of what {2} sends ({5}, {6}), against the promise {1}: “{8}”"),
        ("donner l'obligation à l'émetteur ou au destinataire, ou convenir d'une autre garantie",
         "give the duty to the sender or the recipient, or agree on another promise"),
    ),
    "invariant_repeated": (
        ("le même identifiant de garantie, {0}, est employé deux fois",
         "the same identifier of a promise, {0}, is used twice"),
        ("en donner un autre à l'une des deux", "give one of them another"),
    ),
    "no_demand": (
        ("la garantie n'a pas de règle à vérifier, ou en a plusieurs",
         "the promise has no rule to be checked, or several"),
        ("en écrire une et une seule : `never`, `only_if` ou `at_most`",
         "write one and only one: `never`, `only_if` or `at_most`"),
    ),
    "selects_nothing": (
        ("la garantie ne vise personne, ou aucune donnée", "the promise is about nobody, or no data"),
        ("revoir ce que disent `from`, `to`, `what` et `but`",
         "look again at `from`, `to`, `what` and `but`"),
    ),
}  # fmt: skip

# (code, what was expected) -> words that say more than those of the code.
CASES: Final[dict[tuple[str, str], tuple[Pair, Pair]]] = {
    ("calendar_gap", "a table that covers it"): (
        ("le calendrier ne couvre pas la date d'effet, {0}",
         "the calendar does not cover the date of effect, {0}"),
        ("corriger `effective`, ou prolonger le calendrier",
         "correct `effective`, or extend the calendar"),
    ),
    ("calendar_gap", "an offset from its start"): (
        ("le calendrier ne dit pas quelle heure est en vigueur à son premier jour",
         "the calendar does not say which time holds on its first day"),
        ("commencer `offsets` par l'heure en vigueur au début de ce jour",
         "begin `offsets` with the time that holds at the start of that day"),
    ),
    ("calendar_gap", "a change"): (
        ("la même heure figure deux fois de suite, au {0} ou juste avant",
         "the same time stands twice in a row, at {0} or just before"),
        ("faire alterner à `offsets` l'heure d'hiver et l'heure d'été",
         "let winter time and summer time alternate at `offsets`"),
    ),
    ("calendar_gap", "two a year"): (
        ("le calendrier n'a pas pour {0} deux changements d'heure",
         "the calendar does not have two clock changes for {0}"),
        ("les inscrire à `offsets`, ou corriger `first` et `last`",
         "put them at `offsets`, or correct `first` and `last`"),
    ),
    ("calendar_gap", "those of L. 3133-1"): (
        ("le calendrier n'a pas pour {0} tous les jours fériés",
         "the calendar does not have all public holidays of {0}"),
        ("inscrire à `holidays` ceux de l'article L. 3133-1 du code du travail",
         "put at `holidays` those of the Labour Code, article L. 3133-1"),
    ),
    ("calendar_gap", "a day of the table"): (
        ("le jour férié {0} est hors du calendrier", "the holiday {0} is outside the calendar"),
        ("le retirer, ou corriger `first` et `last`", "leave it out, or correct `first` and `last`"),
    ),
    ("publication_with_desk", "none"): (
        ("{0} : une publication n'a ni condition, ni obligation, et ne fait entrer personne dans une situation",
         "{0}: a publication has no condition and no duty, and makes nobody take part in a case"),
        ("vider `conditions`, `duties` et `assigns`", "empty `conditions`, `duties` and `assigns`"),
    ),
}  # fmt: skip

# Of a file that loads, held against the version before it (`adoption.check_numbers`).
SUCCESSION: Final[dict[str, tuple[Pair, Pair]]] = {
    "clause_number_reused": (
        ("le numéro {0} désigne {1} {2} dans la version précédente, et {3} {4} ici : un numéro garde son acte et sa finalité pour toujours",
         "the number {0} is {1} {2} in the version before, and {3} {4} here: a number keeps its act and purpose for ever"),
        ("donner à la clause nouvelle un numéro qui n'a jamais servi, et inscrire {0} à `repealed` si sa clause disparaît",
         "give the new clause a number that was never used, and put {0} under `repealed` if its clause goes"),
    ),
    "clause_number_dropped": (
        ("la clause {0} de la version précédente n'est plus là, et son numéro n'est pas inscrit à `repealed`",
         "clause {0} of the version before is gone, and its number is not under `repealed`"),
        ("inscrire à la table `repealed` : {0}: {{event: {1}, purpose: {2}}}",
         "put into the table `repealed`: {0}: {{event: {1}, purpose: {2}}}"),
    ),
}  # fmt: skip
