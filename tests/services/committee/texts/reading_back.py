"""From a sentence back to data: a reader of the generated texts, written apart from their writer.

It knows the labels of the file and the tables of words, splits what it reads, and takes every piece
for something: what it cannot place makes it fail. So a sentence that says more than the data, or
other data, is read as other data.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from contracts.conventions import shipped
from contracts.vocabulary.scopes import RETENTION_CLASSES
from services.committee.texts.earlier_wording import reworded
from services.labels.code_labels import ACTS, CONDITION_TEXTS, PURPOSE_TEXTS, STAGES
from tests.services.texts.typed import as_typed

Told = dict[str, Any]
FR, EN = 0, 1
CONTRACTED = (("le ", "au "), ("les ", "aux "), ("la ", "à la "), ("l'", "à l'"))
OF = (("le ", "du "), ("les ", "des "), ("la ", "de la "), ("l'", "de l'"))
UNITS = (
    {"minute": "min", "heure": "h", "jour": "d", "jour ouvré": "wd", "mois": "mo"},
    {"minute": "min", "hour": "h", "day": "d", "working day": "wd", "month": "mo"},
)
STARTS = (
    {"réception": "delivery", "transmission": "transmission", "décision": "decided_on",
     "première alerte du dossier": "case_clock"},
    {"receipt": "delivery", "transmission": "transmission", "the decision": "decided_on",
     "the case's first alert": "case_clock"},
)  # fmt: skip

OPENINGS = (
    {"Dès l'accusé de réception": "received", "Dès l'acceptation": "accepted",
     "Dès l'avis de refus": "declined", "Dès l'avis de commencement": "started",
     "Dès l'avis que la décision est prise": "decided"},
    {"From acknowledgement of receipt": "received", "From acceptance": "accepted",
     "From notice of a refusal": "declined", "From notice of the start": "started",
     "From notice that the decision is taken": "decided"},
)  # fmt: skip


DUE = ("l'envoi prévu", "the event that is due")


def acts(data: dict[str, Any]) -> dict[str, Any]:
    """Clause -> its act, and each grant's desks and conditions."""
    return {
        clause["id"]: [clause["event"], clause["purpose"]]
        + [
            [(clause | grant)[name] for name in ("issuers", "recipients", "conditions")]
            for grant in clause.get("grants", [clause])
        ]
        for clause in data["clauses"]
    }


def typed(text: str) -> str:
    """A file's text in the words of today, as it is typed."""
    return as_typed(reworded(text))


class Reader:
    """Reads the sentences of one file in one language.

    Args:
        data: the file as plain values.
        lang: `fr` or `en`.
    """

    def __init__(self, data: dict[str, Any], lang: str) -> None:
        self.at = FR if lang == "fr" else EN
        self.lang = lang
        self.roles = {spec["named"][lang]: role for role, spec in data["roles"].items()}
        self.readers = {label[lang]: name for name, label in data["readers"].items()}
        self.scopes = {typed(label[lang]): scope for scope, label in data["scopes"].items()}
        self.purposes = {as_typed(text.say(lang)): code for code, text in PURPOSE_TEXTS.items()}
        self.conditions = {as_typed(text.say(lang)): code for code, text in CONDITION_TEXTS.items()}
        self.stages = {as_typed(text.say(lang)): code for code, text in STAGES.items()}
        before, after = acts(yaml.load(shipped(), yaml.CSafeLoader)), acts(data)
        self.others = {clause for clause in ACTS if before.get(clause) != after.get(clause)}

    def read(self, text: str, label: str, note: str) -> Told:
        """What a grant's sentence says; label and note are the clause's own words."""
        text, note = typed(text), typed(note)
        told: Told = {
            "traps": set(), "conditions": [], "duties": [], "realm": "civil", "keep": "",
            "publication": False,
        }  # fmt: skip
        head, _, rest = text.partition(". ") if ". " in text else (text.rstrip("."), "", "")
        self._head(head, label, told)
        rest = (rest.replace(note, "", 1) if note else rest).strip().removesuffix(".")
        for sentence in (one for one in rest.split(". ") if one.strip(". ")):
            self._sentence(sentence.strip(), told)
        return told

    def _head(self, head: str, label: str, told: Told) -> None:
        colon = " : " if self.at == FR else ": "
        head, _, scopes = (
            head.rpartition(colon) if head.count(colon) == 1 else head.partition(colon)
        )
        told["scopes"] = self._scopes(scopes)
        if self.at == FR:
            of = "d'" if re.match("[aeiouéèêàâîôh]", label) else "de "
            who, _, purpose = head.partition(f", à titre {of}{label}, pour ")
        else:
            an = "an " if label[0] in "aeiou" else "a "
            who, found, purpose = head.partition(f", as {an}{label}, in order to ")
            if not found:  # figures are published, several at once
                who, _, purpose = head.partition(f", as {label}, in order to ")
        told["purpose"] = self.purposes[purpose]
        self._parties(who, told)

    def _parties(self, who: str, told: Told) -> None:
        published = ("Le bus publie à l'intention ", "The bus publishes for ")[self.at]
        if who.startswith(published):
            told["publication"], told["issuers"] = True, ["BUS"]
            told["recipients"] = self._names(who.removeprefix(published), self.readers, OF)
            return
        if self.at == FR:
            issuers, recipients = who.removeprefix("Il est permis ").split(" d'adresser ")
        else:
            issuers, recipients = who.split(" may send to ")
            issuers = issuers[:1].lower() + issuers[1:]
        told["issuers"] = self._names(issuers, self.roles, CONTRACTED)
        told["recipients"] = self._names(recipients, self.roles, CONTRACTED)

    def _names(self, text: str, known: dict[str, str], forms: Any) -> list[str]:
        """Roles in their order; every word of the text belongs to one."""
        found = []
        named = {self._with(name, forms): role for name, role in known.items()}
        while text:
            name = max((one for one in named if text.startswith(one)), key=len)
            found.append(named[name])
            text = re.sub(r"^(, | ou | et | or | and )", "", text[len(name) :])
        return found

    def _with(self, name: str, forms: tuple[tuple[str, str], ...]) -> str:
        if self.at == EN:
            return name
        for article, contracted in forms:
            if name.startswith(article):
                return contracted + name.removeprefix(article)
        return ("de " if forms is OF else "à ") + name

    def _scopes(self, text: str) -> set[str]:
        return {self.scopes[one] for one in text.split(" ; " if self.at == FR else "; ")}

    def _sentence(self, sentence: str, told: Told) -> None:
        fr = self.at == FR
        if found := re.match("À condition " if fr else "On condition that ", sentence):
            parts = sentence[found.end() :].split(" ; " if fr else "; that ")
            texts = [re.sub("^qu(e |')", "", one) if fr else one for one in parts]
            told["conditions"] = [self.conditions[one] for one in texts]
        elif found := re.match("Exclus : " if fr else "Excluded: ", sentence):
            told["traps"] = self._scopes(sentence[found.end() :])
        elif found := re.fullmatch(
            r"La copie conservée par le bus est détruite au bout de (\d+) jours"
            if fr
            else r"The copy on the bus is destroyed after (\d+) days",
            sentence,
        ):
            (told["keep"],) = [k for k, days in RETENTION_CLASSES.items() if days == int(found[1])]
        elif re.search("bus pénal, séparé" if fr else "criminal bus, apart", sentence):
            told["realm"] = "criminal"
        else:
            told["duties"].append(self._duty(sentence))

    def _duty(self, sentence: str) -> Told:
        opened, sentence = self._opened(sentence)
        verb = " doit " if self.at == FR else " owes "
        who, _, rest = sentence.partition(verb)
        debtor, recipients = self._debtor(who[:1].lower() + who[1:])
        creditor, rest = self._creditor(rest)
        act, _, when = rest.partition(", ")
        duty: Told = {"debtor": debtor, "creditor": creditor, "opened_by": opened}
        return duty | {"recipients": recipients} | self._act(act) | self._when(when)

    def _opened(self, sentence: str) -> tuple[str, str]:
        for text, opening in OPENINGS[self.at].items():
            if sentence.startswith(f"{text}, "):
                return f"ACK:{opening}", sentence.removeprefix(f"{text}, ")
        pattern = (
            r"Si cet envoi était lui-même dû \((R\d+)\), ",
            r"If this event was itself owed \((R\d+)\), ",
        )[self.at]
        if found := re.match(pattern, sentence):
            return f"open:{found[1]}", sentence[found.end() :]
        return "", sentence

    def _debtor(self, who: str) -> tuple[str, list[str]]:
        parties = ({"l'émetteur": "issuer", "le destinataire": "recipient"},
                   {"the sender": "issuer", "the recipient": "recipient"})[self.at]  # fmt: skip
        for text, party in parties.items():
            if who == text:
                return party, []
            if who.startswith(f"{text} ("):
                among = who.removeprefix(f"{text} (").removesuffix(")")
                return party, self._plain(among, self.roles)
        return self.roles[who], []

    def _plain(self, text: str, known: dict[str, str]) -> list[str]:
        found = []
        while text:
            name = max((one for one in known if text.startswith(one)), key=len)
            found.append(known[name])
            text = re.sub(r"^(, | ou | or )", "", text[len(name) :])
        return found

    def _creditor(self, rest: str) -> tuple[str, str]:
        known = {"à l'émetteur": "issuer", "au destinataire": "recipient"}
        if self.at == EN:
            known = {"the sender": "issuer", "the recipient": "recipient"}
        known |= {self._with(name, CONTRACTED): role for name, role in self.roles.items()}
        name = max((one for one in known if rest.startswith(one + " ")), key=len)
        return known[name], rest.removeprefix(name + " ")

    def _act(self, text: str) -> Told:
        either = " ou " if self.at == FR else " or "
        if text in self.stages or all(one in self.stages for one in text.split(either)):
            names = [text] if text in self.stages else text.split(either)
            return {"acts": ["ACK"], "stages": [self.stages[one] for one in names], "final": False}
        clauses = re.findall(r"\((R\d+)\)", text)
        for clause in clauses:
            known = {
                as_typed(ACTS[one].say(self.lang))
                for one in (clause, f"{clause}:final")
                if one in ACTS
            }
            named = any(one in text for one in known)
            # Of a clause that was given to other desks or another act, its words may be untrue.
            due = clause in self.others and DUE[self.at] in text
            assert not known or named or due, text
        final = ("issue définitive", "final outcome")[self.at] in text
        return {"acts": clauses, "stages": [], "final": final}

    def _when(self, text: str) -> Told:
        legal = (" (délai légal)", " (time limit set by law)")[self.at]
        told: Told = {"legal": text.endswith(legal), "urgent_within": "", "repeat": False}
        text = text.removesuffix(legal)
        urgent = (r" \(([^()]+) en cas d'urgence\)$", r" \(([^()]+) if urgent\)$")[self.at]
        if found := re.search(urgent, text):
            told["urgent_within"] = self._within(found[1])[0]
            text = text[: found.start()]
        every = (
            r"(?:tous les|toutes les|chaque) (?:(\d+) )?([\w ]+?)( à compter de la transmission et)? jusqu'à la fin",
            r"every (?:(\d+) )?([\w ]+?)( from transmission)? until the end",
        )[self.at]
        if found := re.fullmatch(every, text):
            told["repeat"], start = True, "transmission" if found[3] else "delivery"
            return told | {"within": f"{found[1] or 1}{self._unit(found[2])}", "start": start}
        within, start = self._within(text)
        return told | {"within": within, "start": start}

    def _within(self, text: str) -> tuple[str, str]:
        fr = self.at == FR
        day = (
            r"avant la fin du jour(?: même| de la (.+))"
            if fr
            else r"by the end of the (?:same day|day of (.+))"
        )
        if found := re.fullmatch(day, text):
            return "day", STARTS[self.at][found[1]] if found[1] else "delivery"
        if text == ("à la date fixée par l'émetteur" if fr else "by the date that the sender sets"):
            return "due", "delivery"
        before = (
            r"(\d+) (.+) avant la fin de la mesure" if fr else r"(\d+) (.+) before the measure ends"
        )
        if found := re.fullmatch(before, text):
            return f"-{found[1]}{self._unit(found[2])}", "ends_on"
        working = (
            r"au plus tard à la fin du (\d+)(?:er|e) jour ouvré suivant(?: la (.+))?"
            if fr
            else r"by the end of the (\d+)(?:st|nd|rd|th) working day that follows(?: (.+))?"
        )
        if found := re.fullmatch(working, text):
            return f"{found[1]}wd", STARTS[self.at][found[2]] if found[2] else "delivery"
        span = (
            r"dans (?:la |le |l'|les (\d+) )(.+?) de la (.+)"
            if fr
            else r"within (\d+) (.+?) of (.+)"
        )
        found = re.fullmatch(span, text)
        assert found is not None, text
        return f"{found[1] or 1}{self._unit(found[2])}", STARTS[self.at][found[3]]

    def _unit(self, word: str) -> str:
        units = UNITS[self.at]
        for name, unit in units.items():
            if word in (name, f"{name}s", f"{name.replace('jour ouvré', 'jours ouvrés')}"):
                return unit
        raise AssertionError(word)
