"""The tables behind `wording`: code -> (French, English). No logic; reviewed as text."""

from __future__ import annotations

from typing import Final

Table = dict[str, tuple[str, str]]

REASON_TEXTS: Final[Table] = {
    "no_clause": (
        "aucune clause de la convention ne prévoit cet envoi à ce destinataire",
        "no clause of the convention provides for sending this to this recipient",
    ),
    "unknown_desk": (
        "le destinataire n'est pas dans l'annuaire",
        "the recipient is not in the directory",
    ),
    "not_permitted": (
        "la clause ne prévoit pas cette donnée pour ce destinataire",
        "the clause does not provide for this data for this recipient",
    ),
    "hard_denial": (
        "cette donnée ne va jamais à ce destinataire, quelle que soit la clause",
        "this data never goes to this recipient, whatever a clause says",
    ),
    "wrong_retention": (
        "la donnée est scellée pour une autre durée de conservation que celle de la clause",
        "the data is sealed for another retention class than the clause's",
    ),
    "not_informed": (
        "l'information des parents et du mineur, ou le motif d'exception, n'est pas déclarée",
        "informing parents and minor, or the reason for an exemption, is not declared",
    ),
    "issuer_not_secrecy_bound": (
        "l'émetteur n'est pas tenu au secret professionnel",
        "the sender is not bound by professional secrecy",
    ),
    "recipient_not_secrecy_bound": (
        "le destinataire n'est pas tenu au secret professionnel",
        "the recipient is not bound by professional secrecy",
    ),
    "not_assigned": (
        "le destinataire n'intervient pas, à ce jour, dans cette situation",
        "the recipient does not, to date, take part in this case",
    ),
    "no_call": (
        "l'urgence suppose un appel téléphonique préalable, qui n'est pas consigné",
        "urgency supposes a phone call first, and none is logged",
    ),
    "danger_not_qualified": (
        "l'émetteur n'a pas qualifié le danger",
        "the sender has not qualified the danger",
    ),
    "no_authorisation": (
        "l'autorisation du parquet n'est pas référencée",
        "the prosecutor's authorisation is not referenced",
    ),
    "inquiry_not_declared": (
        "l'existence ou l'absence d'une enquête n'est pas déclarée",
        "whether there is an inquiry is not declared",
    ),
    "parents_not_told": (
        "les parents n'ont pas été avisés par écrit et aucun report n'est autorisé",
        "the parents have not been told in writing and no deferral is authorised",
    ),
    "parents_not_agreed": (
        "l'accord des parents à la mesure n'est pas déclaré",
        "the parents' agreement to the measure is not declared",
    ),
    "no_open_measure": (
        "aucune mesure d'assistance éducative ouverte n'est connue ni déclarée",
        "no open educational assistance measure is known or declared",
    ),
    "not_a_copy": (
        "l'envoi ne désigne pas le signalement dont il serait la copie",
        "the event does not name the report that it would copy",
    ),
    "not_in_original": (
        "cette donnée ne figurait pas dans le signalement copié",
        "this data was not part of the report that it copies",
    ),
    "not_own_ip": (
        "le destinataire n'est pas l'auteur de l'alerte à laquelle il est répondu",
        "the recipient is not the author of the alert that is answered",
    ),
    "not_own_report": (
        "le destinataire n'est pas l'auteur du signalement auquel il est répondu",
        "the recipient is not the author of the report that is answered",
    ),
    "not_own_st": (
        "le destinataire n'est pas l'auteur du soit-transmis auquel il est répondu",
        "the recipient is not the author of the instruction that is answered",
    ),
    "no_parts": ("l'envoi est sans contenu", "the event has no content"),
    "nothing_released": (
        "rien de ce qui était adressé à ce destinataire ne peut lui être remis",
        "nothing addressed to this recipient may be delivered to it",
    ),
    "ends_not_own": (
        "l'événement qui devait prendre fin n'est pas celui de l'émetteur",
        "the event that was to end is not the sender's",
    ),
    "not_sent": (
        "la convention l'aurait permis, l'émetteur ne l'a pas envoyée",
        "the convention would have allowed it, the sender did not send it",
    ),
    "not_delivered": (
        "l'envoi désigné n'a pas été remis à ce service",
        "the event that is named was not delivered to this desk",
    ),
    "stage_missing": (
        "l'accusé ne dit pas quelle étape il confirme",
        "the acknowledgement does not say which stage it confirms",
    ),
    "stage_repeated": (
        "cette étape a déjà été confirmée",
        "this stage has been confirmed already",
    ),
    "not_own_event": (
        "seul l'émetteur de l'envoi peut le retirer",
        "only the sender of the event may withdraw it",
    ),
    "not_linkable": (
        "ce rapprochement n'est pas possible : il appartient à la CRIP, entre deux dossiers distincts",
        "this link is not possible: it is the CRIP's to make, between two different cases",
    ),
    "attempt": (
        "tentative sans contenu : rien n'a quitté l'émetteur, le refus est consigné",
        "attempt without content: nothing left the sender, the refusal is recorded",
    ),
    "publication_only": (
        "ces chiffres sont publiés, ils ne sont adressés à aucun service",
        "these figures are published, they are not sent to any desk",
    ),
    "not_for_outbox": (
        "seul le bus émet ce type d'événement",
        "only the bus issues this type of event",
    ),
}

# What an event alone does not show, one sentence each (`posed.Posed.unknown`).
UNKNOWN_TEXTS: Final[Table] = {
    "contents": (
        "la couverture seule ne dit pas quelles données l'envoi contient ; est nommé ce qui pourrait passer",
        "the cover alone does not say which data the event holds; what could pass is named",
    ),
    "ends_own": (
        "seul le dossier dira si l'événement qui doit prendre fin est celui de l'émetteur",
        "the case alone will tell whether the event that is to end is the sender's",
    ),
    "ends_its_kind": (
        "l'envoi est sans contenu : il lui faut mettre fin à ce qu'un acte du même type a ouvert",
        "the event has no content: it has to end what an act of its own type opened",
    ),
}

CONDITION_TEXTS: Final[Table] = {
    "informed": (
        "les parents et le mineur aient été informés, ou qu'un motif d'exception soit déclaré",
        "parents and minor have been informed, or a reason for an exemption is declared",
    ),
    "secrecy": (
        "l'émetteur et le destinataire soient tenus au secret professionnel",
        "sender and recipient are bound by professional secrecy",
    ),
    "assigned": (
        "le destinataire intervienne déjà dans la situation",
        "the recipient already takes part in the case",
    ),
    "urgent": (
        "l'urgence soit déclarée et l'appel téléphonique consigné",
        "urgency is declared and the phone call logged",
    ),
    "danger": ("l'émetteur déclare le danger", "the sender declares the danger"),
    "authorised": (
        "l'autorisation du parquet soit référencée",
        "the prosecutor's authorisation is referenced",
    ),
    "authorised_if_inquiry": (
        "une enquête soit déclarée ou exclue et, s'il y en a une, l'autorisation référencée",
        "an inquiry is declared or ruled out and, if there is one, its authorisation referenced",
    ),
    "parents_told": (
        "les parents aient été avisés par écrit, ou que le parquet ait autorisé un report",
        "the parents have been told in writing, or the prosecutor has authorised a deferral",
    ),
    "parents_agree": ("les parents acceptent la mesure", "the parents agree to the measure"),
    "measure_open": (
        "une mesure d'assistance éducative soit ouverte",
        "an educational assistance measure is open",
    ),
    "copy_of": (
        "chaque donnée figure déjà dans le signalement copié",
        "every item was already part of the report that it copies",
    ),
    "own_ip": (
        "le destinataire soit lui-même l'auteur de l'alerte",
        "the recipient is itself the author of the alert",
    ),
    "own_report": (
        "le destinataire soit lui-même l'auteur du signalement, ou l'enquêteur saisi",
        "the recipient is itself the author of the report, or the investigator instructed",
    ),
    "own_st": (
        "le destinataire soit lui-même l'auteur du soit-transmis",
        "the recipient is itself the author of the instruction",
    ),
}

EVENTS: Final[Table] = {
    "IP": ("information préoccupante", "child-concern alert"),
    "SIG": ("signalement", "report to the prosecutor"),
    "EVALREQ": ("demande d'évaluation", "request for evaluation"),
    "EVALREP": ("rapport d'évaluation", "evaluation report"),
    "SPECREF": ("orientation spécialisée", "specialist referral"),
    "ST": ("soit-transmis", "prosecutor's instruction"),
    "MEASURE": ("mesure", "measure"),
    "MISSING": ("absence d'un mineur", "missing minor"),
    "HEARING": ("audition", "hearing"),
    "FEEDBACK": ("retour", "feedback"),
    "COORD": ("coordination", "coordination"),
    "STAT": ("statistiques", "statistics"),
    "ACK": ("accusé de réception", "acknowledgement"),
    "WITHDRAW": ("retrait", "withdrawal"),
    "LINK": ("rapprochement", "link"),
    "UNLINK": ("fin de rapprochement", "end of a link"),
    "REFUSE": ("refus", "refusal"),
    "OVERDUE": ("retard", "overdue notice"),
}

PURPOSE_TEXTS: Final[Table] = {
    "assess": ("apprécier l'alerte", "assess the alert"),
    "adapt_measure": ("adapter la mesure en cours", "adapt the current measure"),
    "protect_now": ("protéger sans délai", "protect without delay"),
    "avoid_duplicates": ("éviter les doublons", "avoid duplicates"),
    "seize_judge": ("saisir le juge des enfants", "bring the case before the juvenile judge"),
    "evaluate": ("évaluer la situation", "evaluate the situation"),
    "contribute": ("nourrir l'évaluation", "contribute to the evaluation"),
    "decide": ("décider des suites", "decide what follows"),
    "joint_evaluation": ("évaluer conjointement", "evaluate jointly"),
    "investigate": ("enquêter", "investigate"),
    "notice_706_49": ("informer le juge déjà saisi", "inform the judge already seized"),
    "execute_opp": (
        "exécuter l'ordonnance de placement provisoire",
        "carry out the emergency placement order",
    ),
    "execute": ("exécuter la décision du juge", "carry out the judge's decision"),
    "mjie": (
        "mener la mesure judiciaire d'investigation éducative",
        "carry out the judicial investigation",
    ),
    "judge": ("éclairer la décision du juge", "inform the judge's decision"),
    "aed_home": ("mener l'action éducative à domicile", "provide educational support at home"),
    "specialist_followup": ("assurer le suivi spécialisé", "provide specialist follow-up"),
    "progress": ("rendre compte de l'avancement", "report on progress"),
    "keep_schooling": ("maintenir la scolarité", "keep the minor in school"),
    "search": ("rechercher le mineur", "search for the minor"),
    "protect": ("protéger le mineur absent", "protect the missing minor"),
    "return": ("organiser le retour", "arrange the return"),
    "absence_code": ("justifier l'absence scolaire", "account for the absence from school"),
    "be_present": ("assurer une présence à l'audition", "have someone present at the hearing"),
    "close_loop": ("faire connaître la suite donnée", "make the outcome known"),
    "invite": ("réunir les intervenants", "bring the services together"),
    "decisions": ("appliquer les décisions prises ensemble", "carry out what was decided together"),
    "observe": ("observer la protection de l'enfance", "observe child protection"),
    "steer": ("piloter la convention", "steer the convention"),
    "acknowledge": ("accuser réception", "acknowledge"),
    "withdraw": ("retirer un envoi", "withdraw an event"),
}

STAGES: Final[Table] = {
    "received": ("un accusé de réception", "an acknowledgement of receipt"),
    "accepted": ("une acceptation", "an acceptance"),
    "declined": ("un refus motivé hors du bus", "a refusal explained off the bus"),
    "started": ("l'avis de commencement", "notice of the start"),
    "decided": ("l'avis que la décision est prise", "notice that the decision is taken"),
    "withdrawn": ("la confirmation du retrait", "confirmation of the withdrawal"),
    "unreadable": ("l'avis d'envoi illisible", "notice that the event is unreadable"),
}

ACTS: Final[Table] = {
    "R11": ("la copie du signalement", "the copy of the report"),
    "R12": ("le signalement du Département", "the Department's report"),
    "R16": ("la contribution à l'évaluation", "the contribution to the evaluation"),
    "R17": ("la contribution à l'évaluation", "the contribution to the evaluation"),
    "R18": ("le rapport d'évaluation", "the evaluation report"),
    "R23": ("la requête au juge", "the application to the judge"),
    "R26": ("la décision", "the decision"),
    "R27": ("l'ordonnance d'investigation", "the order of investigation"),
    "R28": ("le rapport au juge", "the report to the judge"),
    "R31": ("une note d'avancement", "a progress note"),
    "R38": ("la réponse de présence", "the reply about presence"),
    "R39": ("un retour", "a reply"),
    "R39:final": ("un retour sur l'issue définitive", "a reply on the final outcome"),
    "R40": ("la suite donnée", "the outcome"),
    "R41": ("la suite donnée au signalement", "the outcome of the report"),
}

# As the shipped file has them; a test holds both together.
ROLE_LABELS: Final[Table] = {
    "EDU-S": (
        "Service social en faveur des élèves et santé scolaire",
        "School social and health service",
    ),
    "EDU-H": ("Chef d'établissement, DSDEN", "Head teacher, local education authority"),
    "POL": ("Police et gendarmerie", "Police and gendarmerie"),
    "PARQ-CIV": (
        "Parquet des mineurs, assistance éducative",
        "Juvenile prosecutor, civil protection",
    ),
    "PARQ-CRIM": ("Parquet des mineurs, action publique", "Juvenile prosecutor, criminal action"),
    "JE": ("Juge des enfants", "Juvenile court judge"),
    "PJJ": (
        "PJJ et services d'investigation éducative habilités (SIE)",
        "Judicial youth service, authorised investigators",
    ),
    "CRIP": ("Cellule de recueil des informations préoccupantes", "Child-concern intake unit"),
    "ASE": (
        "Aide sociale à l'enfance (évaluateurs compris)",
        "Child welfare service, evaluators included",
    ),
    "PMI": ("Protection maternelle et infantile", "Mother-and-infant health"),
    "HOME": ("Lieux d'accueil", "Residential care"),
    "MO": ("Milieu ouvert (AED, AEMO)", "Home-based support"),
    "ASSO": ("Association spécialisée", "Specialist association"),
    "PSP": ("Prévention spécialisée", "Street outreach"),
    "ODPE": ("l'observatoire départemental (ODPE)", "the departmental observatory (ODPE)"),
    "ONPE": ("l'observatoire national (ONPE)", "the national observatory (ONPE)"),
    "OBSERVATOIRE": (
        "l'Observatoire des violences envers les femmes",
        "the Observatory of violence against women",
    ),
    "COPIL": ("le comité de pilotage", "the steering committee"),
    "MMPCR": (
        "la Mission métropolitaine de prévention des conduites à risques (MMPCR)",
        "the metropolitan mission on risky behaviours (MMPCR)",
    ),
    "BUS": ("le bus", "the bus"),
}

# As a sentence names them, with their articles.
ROLE_NAMES: Final[Table] = {
    "EDU-S": ("le service social et de santé scolaire", "the school social and health service"),
    "EDU-H": (
        "la direction d'établissement (ou DSDEN)",
        "the head teacher (or local education authority)",
    ),
    "POL": ("les services de police et de gendarmerie", "the police and gendarmerie"),
    "PARQ-CIV": (
        "le parquet des mineurs (assistance éducative)",
        "the juvenile prosecutor (civil protection)",
    ),
    "PARQ-CRIM": (
        "le parquet des mineurs (action publique)",
        "the juvenile prosecutor (criminal action)",
    ),
    "JE": ("le juge des enfants", "the juvenile court judge"),
    "PJJ": (
        "la PJJ (SIE habilités compris)",
        "the judicial youth service (authorised investigators included)",
    ),
    "CRIP": ("la CRIP", "the child-concern intake unit (CRIP)"),
    "ASE": ("l'aide sociale à l'enfance", "the child welfare service (ASE)"),
    "PMI": ("la protection maternelle et infantile", "the mother-and-infant health service (PMI)"),
    "HOME": ("le lieu d'accueil", "the residential home"),
    "MO": ("le service de milieu ouvert", "the home-based support service"),
    "ASSO": ("l'association spécialisée", "the specialist association"),
    "PSP": ("l'équipe de prévention spécialisée", "the street outreach team"),
}

SCOPE_LABELS: Final[Table] = {
    "IDENTITY": ("identité", "identity"),
    "IDENTITY.description": (
        "description physique et photographie",
        "physical description and photograph",
    ),
    "CONTACT": ("coordonnées", "contact details"),
    "FAMILY": ("famille (autorité parentale, fratrie)", "family (parental authority, siblings)"),
    "SCHOOLING": ("scolarité", "schooling"),
    "FACTS": ("faits observés et paroles rapportées", "observed facts and quoted words"),
    "FACTS.summary": ("résumé des faits", "summary of the facts"),
    "FACTS.third_party": ("tiers nommés", "named third parties"),
    "FACTS.source": (
        "identité du particulier qui a alerté",
        "identity of the private person who alerted",
    ),
    "RISK": ("appréciation du danger", "appraisal of danger"),
    "RISK.level": ("niveau de danger codé", "coded level of danger"),
    "RISK.flags": ("signaux de danger codés", "coded danger flags"),
    "RISK.safety": ("brève consigne de sécurité", "short safety note"),
    "HEALTH": ("santé (données complètes)", "health (full data)"),
    "HEALTH.vital": (
        "signes cliniques constatés ou directement observés",
        "vital or directly observed signs",
    ),
    "PROCEDURE": ("procédure pénale", "criminal procedure"),
    "PROCEDURE.reference": ("numéro de procédure", "case number"),
    "PROCEDURE.status": ("code d'état de la procédure", "procedure status code"),
    "PROCEDURE.hearing": ("date et lieu de l'audition", "date and place of the hearing"),
    "MEASURE": ("mesure et service gardien", "measure and custodian"),
    "MEASURE.proposal": ("proposition de mesure", "proposed measure"),
    "MEASURE.actions": ("actions convenues", "agreed actions"),
    "MEASURE.attendance": ("assiduité", "attendance"),
    "MEASURE.custodian": ("contact du gardien", "custodian's contact"),
    "LOCATION": ("dernier lieu connu", "last known place"),
    "CODE.questions": ("questions codées", "coded questions"),
    "CODE.outcome": ("code d'issue", "outcome code"),
    "CODE.attendance": ("code de présence", "attendance code"),
    "CODE.absence": ("code d'absence", "absence code"),
    "CODE.meeting": ("réunion codée", "coded meeting"),
    "STAT.counts": ("effectifs d'au moins dix", "counts of at least ten"),
}

# The French article of each scope's label; English needs none.
SCOPE_ARTICLES: Final[dict[str, str]] = {
    "IDENTITY": "l'", "IDENTITY.description": "la ", "CONTACT": "les ", "FAMILY": "la ",
    "SCHOOLING": "la ", "FACTS": "les ", "FACTS.summary": "le ", "FACTS.third_party": "les ",
    "FACTS.source": "l'", "RISK": "l'", "RISK.level": "le ", "RISK.flags": "les ",
    "RISK.safety": "la ", "HEALTH": "la ", "HEALTH.vital": "les ", "PROCEDURE": "la ",
    "PROCEDURE.reference": "le ", "PROCEDURE.status": "le ", "PROCEDURE.hearing": "la ",
    "MEASURE": "la ", "MEASURE.proposal": "la ", "MEASURE.actions": "les ",
    "MEASURE.attendance": "l'", "MEASURE.custodian": "le ", "LOCATION": "le ",
    "CODE.questions": "les ", "CODE.outcome": "le ", "CODE.attendance": "le ",
    "CODE.absence": "le ", "CODE.meeting": "la ", "STAT.counts": "les ",
}  # fmt: skip
