"""Each kind of lie: how it is planted, with which powers, and which check finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from contracts.encoding import b64u, canonical, unb64u
from contracts.keys.jose import sign_jws
from contracts.log.orders.order import make_order
from contracts.vocabulary import topics
from tests.services.audit.lies.lab import DAY, REALM, Lab, erased, played, told
from tests.world import World, realm_keys

NO_SIDE: Final = ("", "", "")
KAFKA, KEY = "Kafka", "Kafka and the router’s key"


@dataclass(frozen=True)
class Lie:
    """A lie."""

    told: str
    powers: str
    plant: Callable[[Lab], None]
    code: str
    also: frozenset[str] = frozenset()
    side: tuple[str, str, str] = NO_SIDE
    world: Callable[[], World] = played


def _decision(lab: Lab, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """Change the first decision that released something, with the router's key."""
    at = lab.first_released()

    def changed(index: int, record: dict[str, Any], evidence: dict[str, Any]) -> None:
        if index == at:
            change(record, evidence)

    lab.rewrite(changed)


def _addressee(change: Callable[[dict[str, Any]], None]) -> Callable[[Lab], None]:
    def plant(lab: Lab) -> None:
        _decision(lab, lambda _record, evidence: change(evidence["decision"]["addressees"][0]))

    return plant


def _altered(lab: Lab) -> None:
    lab.alter(lab.decisions(), 6, outs="A" * 43)


def _removed(lab: Lab) -> None:
    del lab.decisions()[6], lab.evidence()[6]


def _added(lab: Lab) -> None:
    last = lab.decisions()[-1]
    said = orjson.loads(last.value or b"") | {"index": len(lab.decisions())}
    lab.decisions().append(replace(last, offset=last.offset + 1, value=canonical(said), headers=()))


def _reordered(lab: Lab) -> None:
    rows = lab.decisions()
    rows[6], rows[7] = (
        replace(rows[7], offset=rows[6].offset), replace(rows[6], offset=rows[7].offset)
    )  # fmt: skip


def _repeated(lab: Lab) -> None:
    last = lab.decisions()[-1]
    lab.decisions().append(replace(lab.decisions()[6], offset=last.offset + 1))


def _moved(lab: Lab) -> None:
    row, beside = lab.decisions().pop(), lab.evidence().pop()
    for rows, one in ((lab.decisions(0), row), (lab.evidence(0), beside)):
        rows.append(replace(one, partition=0, offset=rows[-1].offset + 1))


def _cut(lab: Lab) -> None:
    del lab.decisions()[2:], lab.evidence()[2:]


def _evidence_altered(lab: Lab) -> None:
    lab.alter(lab.evidence(), 6, salt="A" * 22)


def _evidence_removed(lab: Lab) -> None:
    del lab.evidence()[6]


def _evidence_stub(lab: Lab) -> None:
    lab.evidence()[6] = replace(lab.evidence()[6], value=canonical({"effects": [], "erased": 2}))


def _stubs_removed(lab: Lab) -> None:
    rows = lab.evidence(0)
    rows[:] = list({row.key: row for row in reversed(rows)}.values())[::-1]


def _evidence_again(lab: Lab) -> None:
    last = lab.evidence()[-1]
    lab.evidence().append(replace(lab.evidence()[6], offset=last.offset + 1))


def _order_removed(lab: Lab) -> None:
    lab.registry = None
    del lab.rows[topics.control(REALM), 0][-1]


def _directory_slipped_in(lab: Lab) -> None:
    """An order by somebody who is no owner, and records that carry it out."""
    world, lab.registry = played(), None
    place = topics.control(REALM), 0
    forged = make_order(
        REALM, "adopt_directory", {"directory": realm_keys(REALM).token},
        last=world.registries[REALM].last, start=world.clock.now(),
        signers=[realm_keys(REALM).router],
    )  # fmt: skip
    lab.rows[place].append(replace(lab.rows[place][-1], offset=len(lab.rows[place]), value=forged))
    number, at = lab.last("adopted")

    def change(index: int, _record: dict[str, Any], evidence: dict[str, Any]) -> None:
        if index == at:
            evidence["order"] = "A" * 43

    lab.rewrite(change, number)


def _wrong_convention(lab: Lab) -> None:
    _decision(lab, lambda record, _evidence: record.update(convd="A" * 43))


def _back_dated(lab: Lab) -> None:
    _decision(lab, lambda record, _evidence: record.update(at=record["at"] - 60))


def _wrong_receipt(lab: Lab) -> None:
    _decision(lab, lambda record, _evidence: record.update(outs="A" * 43))


def _message_of(lab: Lab, etype: str, change: Callable[[list[str]], object]) -> None:
    """Change what went out with an event type's last decision, with the router's key."""

    def wanted(evidence: dict[str, Any]) -> bool:
        cover = evidence.get("cover", "..").split(".")[1]
        return bool(cover) and orjson.loads(unb64u(cover))["etype"] == etype

    number, at = max(
        (number, at)
        for number in (0, 1)
        for at, row in enumerate(lab.evidence(number))
        if wanted(orjson.loads(row.value or b""))
    )

    def changed(index: int, record: dict[str, Any], _evidence: dict[str, Any]) -> None:
        if index == at:
            change(record["outs"])

    lab.rewrite(changed, number)


def _first_access_untold(lab: Lab) -> None:
    """The report's last message: whoever follows the case is not told who has it now."""
    _message_of(lab, "SIG", lambda outs: outs.pop())


def _look_up_answered_otherwise(lab: Lab) -> None:
    _message_of(lab, "LOOKUP", lambda outs: outs.__setitem__(-1, "A" * 43))


def _refused(lab: Lab) -> None:
    _decision(lab, lambda _record, evidence: evidence["decision"].update(refused=True))


def _another_case(lab: Lab) -> None:
    def change(_record: dict[str, Any], evidence: dict[str, Any]) -> None:
        for effect in evidence["effects"]:
            if "sub" in effect:
                effect["sub"] = "A" * 43

    _decision(lab, change)


def _forged_cover(lab: Lab) -> None:
    """The same cover, signed by the router under its own key's name, since it has no desk's key."""

    def change(_record: dict[str, Any], evidence: dict[str, Any]) -> None:
        head, body, _sig = evidence["cover"].split(".")
        claims = orjson.loads(unb64u(body)) | {"exp": orjson.loads(unb64u(body))["exp"] - 1}
        typ = orjson.loads(unb64u(head))["typ"]
        evidence["cover"] = sign_jws(claims, typ, realm_keys(REALM).router)

    _decision(lab, change)


def _altered_cover(lab: Lab) -> None:
    """What an issuer has signed, with another instant and the old signature."""

    def change(_record: dict[str, Any], evidence: dict[str, Any]) -> None:
        head, body, sig = evidence["cover"].split(".")
        claims = orjson.loads(unb64u(body)) | {"iat": orjson.loads(unb64u(body))["iat"] - 1}
        evidence["cover"] = f"{head}.{b64u(canonical(claims))}.{sig}"

    _decision(lab, change)


def _decided_again(lab: Lab) -> None:
    at, other = lab.first_released(), lab.first_released(0)
    wanted = {row.key: orjson.loads(row.value or b"") for row in lab.evidence()}
    record, beside = lab.decisions()[at], wanted[lab.decisions()[at].key]

    def change(index: int, said: dict[str, Any], evidence: dict[str, Any]) -> None:
        if index == other:
            said["src"] = orjson.loads(record.value or b"")["src"]
            evidence |= {"cover": beside["cover"], "heads": beside["heads"]}

    lab.rewrite(change, 0)


def _silence(lab: Lab) -> None:
    number, at = lab.last("overdue")
    lab.rewrite(lambda index, *_: index != at, number)


def _overdue_moved(lab: Lab) -> None:
    number, at = lab.last("overdue")

    def change(index: int, record: dict[str, Any], _evidence: dict[str, Any]) -> None:
        if index == at:
            record["at"] -= DAY

    lab.rewrite(change, number)


def _order_ignored(lab: Lab) -> None:
    adopted = [
        at for at, row in enumerate(lab.decisions()) if b'"kind":"adopted"' in (row.value or b"")
    ]
    lab.rewrite(lambda index, *_: index != adopted[0])


def _key_of_another(lab: Lab) -> None:
    lab.rewrite(lambda *_: None, signer=realm_keys(REALM).signers["crip"])


def _skipped(lab: Lab) -> None:
    """A record left out, and all that follow chained without it."""
    at = lab.first_released()
    lab.rewrite(lambda index, *_: index != at)


def rolled_back(lab: Lab) -> None:
    """All decisions are taken out of a partition, behind a transaction's end; none is open."""
    del lab.decisions(0)[3:], lab.evidence(0)[3:]


def moved(_index: int, record: dict[str, Any], _evidence: dict[str, Any]) -> None:
    """Said to have come at another offset."""
    if "src" in record:
        record["src"]["offset"] += 1


def made_anew(lab: Lab) -> None:
    """As long as before, chained and signed: its events are said to lie at other offsets."""
    lab.rewrite(moved, 0)


# What an auditor finds once it has a checkpoint that was published before.
WITNESSED: Final = {
    "rolled_back": Lie("a partition rolled back to an earlier signed end", KAFKA, rolled_back,
    "checkpoint_differs"),
    "anew": Lie(
        "a partition made anew from the same events, with other bytes", KEY, made_anew,
        "checkpoint_differs"
    ),
}  # fmt: skip

# What each agency finds by itself, in its own mirror of the log (proof §11); planted in tests of
# the agency's service.
FOLLOWED: Final = {
    "off_record": ("an event delivered without a record in the log", KEY, "record_not_in_log"),
    "two_histories": (
        (
            "two histories of one length shown to a witness, which publishes both as an ALARM "
            "that every replay finds"
        ),
        "the log’s key", "two_histories",
    ),
    "other_record": ("an event delivered with the record of another", KEY, "record_not_in_log"),
    "fork": (
        (
            "an event delivered with a record in a history of the log that is shown to its "
            "recipient alone"
        ),
        "Kafka, the router’s key and the log’s", "mirror_contradicted",
    ),
    "rewritten": (
        "the log rewritten under a checkpoint that enough witnesses lied about",
        "Kafka, both keys and the witnesses", "mirror_contradicted",
    ),
    "shortened": ("old entries served no more", "what publishes the log", "log_not_followed"),
}  # fmt: skip

# What an auditor cannot find in a log alone, and who can.

LIES: Final[dict[str, Lie]] = {
    "altered": Lie("a decision altered", KAFKA, _altered, "record_differs",
    frozenset({"chain_broken"})),
    "removed": Lie("a decision removed", KAFKA, _removed, "chain_broken"),
    "added": Lie("a decision added", KAFKA, _added, "chain_broken"),
    "reordered": Lie("two decisions reordered", KAFKA, _reordered, "chain_broken"),
    "repeated": Lie("a decision repeated", KAFKA, _repeated, "chain_broken"),
    "moved": Lie("a decision moved to another partition", KAFKA, _moved, "record_malformed",
    frozenset({"tail_unsigned", "due_unreported"})),
    "cut": Lie("the end of the log cut off in the middle of what was signed", KAFKA, _cut,
    "tail_unsigned", frozenset({"order_unrecorded"})),
    "evidence_altered": Lie("evidence altered after it was read", KAFKA, _evidence_altered,
    "evidence_altered"),
    "evidence_removed": Lie("evidence removed", KAFKA, _evidence_removed, "evidence_missing"),
    "evidence_stub": Lie("an erasure faked: a stub without an order", KAFKA, _evidence_stub,
    "erased_without_order"),
    "stubs_removed": Lie("an erasure undone: the evidence in place of its stub", KAFKA,
    _stubs_removed, "erasure_undone", world=erased),
    "evidence_again": Lie("evidence written once more", KAFKA, _evidence_again, "evidence_altered"),
    "order_removed": Lie("an order removed from control", KAFKA, _order_removed, "order_unknown",
    frozenset({"in_force_unknown"})),
    "key_of_another": Lie("the log signed anew with a desk’s key", KAFKA, _key_of_another,
    "signature_wrong"),
    "directory": Lie("a directory slipped in, that no owner has signed", KEY,
    _directory_slipped_in, "order_unknown"),
    "clause": Lie("another clause", KEY, _addressee(lambda one: one.update(clause="R02")),
    "decision_differs", side=("decision.addressees.0.clause", "R02", "R01")),
    "released": Lie(
        "data released that the convention withholds", KEY,
        _addressee(lambda one: one["released"].update({"HEALTH.medical": "R01"})),
        "decision_differs", side=((
            "decision.addressees.0.released.HEALTH.medical"
        ), "R01", "-")),
    "withheld": Lie(
        "data withheld that the convention releases", KEY,
        _addressee(lambda one: one["released"].popitem()), "decision_differs", side=((
            "decision.addressees.0.released.SCHOOLING"
        ), "-", "R01")),
    "recipient": Lie("another recipient", KEY, _addressee(lambda one: one.update(desk="pol")),
    "decision_differs", side=("decision.addressees.0.desk", "pol", "urn:relais:civil:desk:crip")),
    "refused": Lie("a refusal that the convention does not ask for", KEY, _refused,
    "decision_differs", side=("decision.refused", "true", "false")),
    "convention": Lie("another version of the convention", KEY, _wrong_convention,
    "record_differs"),
    "back_dated": Lie("a decision back-dated", KEY, _back_dated, "record_differs"),
    "receipt": Lie("a receipt for other parts than were delivered", KEY, _wrong_receipt,
    "record_differs"),
    "untold": Lie("the notice of a first access suppressed", KEY, _first_access_untold,
    "record_differs", world=told),
    "look_up": Lie(
        "a look-up answered with other accesses than the log has", KEY, _look_up_answered_otherwise,
        "record_differs", world=told,
    ),
    "another_case": Lie("a decision moved to another case", KEY, _another_case, "decision_differs",
    side=("effects.2.sub", "…", "…")),
    "forged_cover": Lie("a cover forged with the router’s key", KEY, _forged_cover,
    "claimed_authorship"),
    "altered_cover": Lie("a cover altered", KEY, _altered_cover, "bad_signature"),
    "decided_again": Lie("an old event decided again in another partition", KEY, _decided_again,
    "expired"),
    "skipped": Lie("a decision left out, and all that follow chained without it", KEY, _skipped,
    "decision_differs"),
    "silence": Lie("a missed deadline suppressed", KEY, _silence, "due_unreported"),
    "overdue_moved": Lie("the instant of a missed deadline moved", KEY, _overdue_moved,
    "record_differs", side=("at", "1798498799", "1798585199")),
    "order_ignored": Lie("an order ignored", KEY, _order_ignored, "order_out_of_turn",
    frozenset({"in_force_unknown", "order_unrecorded"})),
}  # fmt: skip
