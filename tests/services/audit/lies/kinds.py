"""Each kind of lie: how it is planted, and which check finds it."""

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


@dataclass(frozen=True)
class Lie:
    """A lie: how it is planted, the code of the check that finds it, and what else is found."""

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
        REALM, "adopt_directory", {"directory": realm_keys(REALM).directory.digest},
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


def moved(_index: int, record: dict[str, Any], _evidence: dict[str, Any]) -> None:
    """Said to have come at another offset."""
    if "src" in record:
        record["src"]["offset"] += 1


# First what who has Kafka alone may do, then what needs the router's key as well.
LIES: Final[dict[str, Lie]] = {
    "a decision altered": Lie(_altered, "record_differs", frozenset({"chain_broken"})),
    "a decision removed": Lie(_removed, "chain_broken"),
    "a decision added": Lie(_added, "chain_broken"),
    "two decisions reordered": Lie(_reordered, "chain_broken"),
    "a decision repeated": Lie(_repeated, "chain_broken"),
    "a decision moved to another partition": Lie(
        _moved, "record_malformed", frozenset({"tail_unsigned", "due_unreported"})
    ),
    "the end cut off in the middle of what was signed": Lie(
        _cut, "tail_unsigned", frozenset({"order_unrecorded"})
    ),
    "evidence altered after it was read": Lie(_evidence_altered, "evidence_altered"),
    "evidence removed": Lie(_evidence_removed, "evidence_missing"),
    "a stub without an order": Lie(_evidence_stub, "erased_without_order"),
    "the evidence in place of its stub": Lie(_stubs_removed, "erasure_undone", world=erased),
    "evidence written once more": Lie(_evidence_again, "evidence_altered"),
    "an order removed from control": Lie(
        _order_removed, "order_unknown", frozenset({"in_force_unknown"})
    ),
    "the log signed anew with a desk's key": Lie(_key_of_another, "signature_wrong"),
    "a directory that no owner has signed": Lie(_directory_slipped_in, "order_unknown"),
    "another clause": Lie(
        _addressee(lambda one: one.update(clause="R02")), "decision_differs",
        side=("decision.addressees.0.clause", "R02", "R01"),
    ),
    "data released that the convention withholds": Lie(
        _addressee(lambda one: one["released"].update({"HEALTH.medical": "R01"})),
        "decision_differs",
        side=("decision.addressees.0.released.HEALTH.medical", "R01", "-"),
    ),
    "data withheld that the convention releases": Lie(
        _addressee(lambda one: one["released"].popitem()), "decision_differs",
        side=("decision.addressees.0.released.SCHOOLING", "-", "R01"),
    ),
    "another recipient": Lie(
        _addressee(lambda one: one.update(desk="pol")), "decision_differs",
        side=("decision.addressees.0.desk", "pol", "urn:relais:civil:desk:crip"),
    ),
    "a refusal that the convention does not ask for": Lie(
        _refused, "decision_differs", side=("decision.refused", "true", "false")
    ),
    "another version of the convention": Lie(_wrong_convention, "record_differs"),
    "a decision back-dated": Lie(_back_dated, "record_differs"),
    "a receipt for other parts than were delivered": Lie(_wrong_receipt, "record_differs"),
    "a look-up answered with other desks": Lie(
        _look_up_answered_otherwise, "record_differs", world=told
    ),
    "a decision moved to another case": Lie(
        _another_case, "decision_differs", side=("effects.2.sub", "…", "…")
    ),
    "a cover forged with the router's key": Lie(_forged_cover, "claimed_authorship"),
    "a cover altered": Lie(_altered_cover, "bad_signature"),
    "an old event decided again in another partition": Lie(_decided_again, "expired"),
    "a decision left out, all others chained without it": Lie(_skipped, "decision_differs"),
    "a missed deadline suppressed": Lie(_silence, "due_unreported"),
    "the instant of a missed deadline moved": Lie(
        _overdue_moved, "record_differs", side=("at", "1798498799", "1798585199")
    ),
    "an order ignored": Lie(
        _order_ignored, "order_out_of_turn", frozenset({"in_force_unknown", "order_unrecorded"})
    ),
}  # fmt: skip
