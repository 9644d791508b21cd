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
from tests.services.audit.lies.lab import DAY, REALM, Lab, Place, erased, played, told
from tests.world import World, realm_keys

Change = Callable[[dict[str, Any], dict[str, Any]], object]


@dataclass(frozen=True)
class Lie:
    """A lie: how it is planted, the code of the check that finds it, and what else is found."""

    plant: Callable[[Lab], object]
    code: str
    also: frozenset[str] = frozenset()
    side: tuple[str, ...] = ()  # member, as it is recorded, and as it follows
    world: Callable[[], World] = played


def _at(where: Callable[[Lab], Place], change: Change) -> Callable[[Lab], None]:
    """Change one record and its evidence, or leave it out, with the router's key."""

    def plant(lab: Lab) -> None:
        number, at = where(lab)
        lab.rewrite(lambda index, *own: change(*own) if index == at else None, number)

    return plant


def _decision(change: Change) -> Callable[[Lab], None]:
    """Change the first decision that released something."""
    return _at(lambda lab: (1, lab.first_released()), change)


def _addressee(change: Callable[[dict[str, Any]], object]) -> Callable[[Lab], None]:
    return _decision(lambda _record, evidence: change(evidence["decision"]["addressees"][0]))


def _overdue(lab: Lab) -> Place:
    return lab.places(lambda record, _evidence: record["kind"] == "overdue")[-1]


def _erasure(lab: Lab) -> Place:
    return lab.places(lambda record, _evidence: record["kind"] == "erased")[0]


def _denied(_record: dict[str, Any], evidence: dict[str, Any]) -> None:
    """That nothing was there, though the state forgets a case."""
    evidence["answers"] = [
        {"decision": one["decision"], "answer": "not_here"} for one in evidence["answers"]
    ]


def _adopted(lab: Lab) -> list[Place]:
    return lab.places(lambda record, _evidence: record["kind"] == "adopted")


def _looked_up(lab: Lab) -> Place:
    def is_one(_record: dict[str, Any], evidence: dict[str, Any]) -> bool:
        cover = evidence.get("cover", "..").split(".")[1]
        return bool(cover) and orjson.loads(unb64u(cover))["etype"] == "LOOKUP"

    return lab.places(is_one)[-1]


def _without(where: int | slice) -> Callable[[Lab], None]:
    def plant(lab: Lab) -> None:
        del lab.decisions()[where], lab.evidence()[where]

    return plant


def _added(lab: Lab) -> None:
    rows = lab.decisions()
    said = orjson.loads(rows[-1].value or b"") | {"index": len(rows)}
    lab.append(rows, rows[-1], value=canonical(said), headers=())


def _reordered(lab: Lab) -> None:
    rows = lab.decisions()
    rows[6], rows[7] = (
        replace(rows[7], offset=rows[6].offset), replace(rows[6], offset=rows[7].offset)
    )  # fmt: skip


def _moved(lab: Lab) -> None:
    lab.append(lab.decisions(0), lab.decisions().pop(), partition=0)
    lab.append(lab.evidence(0), lab.evidence().pop(), partition=0)


def _evidence_stub(lab: Lab) -> None:
    lab.evidence()[6] = replace(lab.evidence()[6], value=canonical({"effects": [], "erased": 2}))


def _stubs_removed(lab: Lab) -> None:
    rows = lab.evidence(0)
    rows[:] = list({row.key: row for row in reversed(rows)}.values())[::-1]


def _put_back(lab: Lab) -> None:
    """Behind the stub that is there, before Kafka's cleaning."""
    rows = lab.evidence(0)
    stub = next(row for row in rows if b'"erased":' in (row.value or b""))
    lab.append(rows, next(row for row in rows if row.key == stub.key))


def _directory_slipped_in(lab: Lab) -> None:
    """An order by somebody who is no owner, and records that carry it out."""
    world = played()
    place = topics.control(REALM), 0
    forged = make_order(
        REALM, "adopt_directory", {"directory": realm_keys(REALM).directory.digest},
        last=world.registries[REALM].last, start=world.clock.now(),
        signers=[realm_keys(REALM).router],
    )  # fmt: skip
    lab.rows[place].append(replace(lab.rows[place][-1], offset=len(lab.rows[place]), value=forged))
    last = _adopted(lab)[-1]
    _at(lambda _lab: last, lambda _record, evidence: evidence.update(order="A" * 43))(lab)


def _another_case(_record: dict[str, Any], evidence: dict[str, Any]) -> None:
    for effect in evidence["effects"]:
        if "sub" in effect:
            effect["sub"] = "A" * 43


def _forged_cover(_record: dict[str, Any], evidence: dict[str, Any]) -> None:
    """The same cover, signed by the router under its own key's name, since it has no desk's key."""
    head, body, _sig = evidence["cover"].split(".")
    claims = orjson.loads(unb64u(body)) | {"exp": orjson.loads(unb64u(body))["exp"] - 1}
    typ = orjson.loads(unb64u(head))["typ"]
    evidence["cover"] = sign_jws(claims, typ, realm_keys(REALM).router)


def _altered_cover(_record: dict[str, Any], evidence: dict[str, Any]) -> None:
    """What an issuer has signed, with another instant and the old signature."""
    head, body, sig = evidence["cover"].split(".")
    claims = orjson.loads(unb64u(body)) | {"iat": orjson.loads(unb64u(body))["iat"] - 1}
    evidence["cover"] = f"{head}.{b64u(canonical(claims))}.{sig}"


def _decided_again(lab: Lab) -> None:
    at, other = lab.first_released(), lab.first_released(0)
    wanted = {row.key: orjson.loads(row.value or b"") for row in lab.evidence()}
    record, beside = lab.decisions()[at], wanted[lab.decisions()[at].key]

    def change(index: int, said: dict[str, Any], evidence: dict[str, Any]) -> None:
        if index == other:
            said["src"] = orjson.loads(record.value or b"")["src"]
            evidence |= {"cover": beside["cover"], "heads": beside["heads"]}

    lab.rewrite(change, 0)


def moved(_index: int, record: dict[str, Any], _evidence: dict[str, Any]) -> None:
    """Said to have come at another offset."""
    if "src" in record:
        record["src"]["offset"] += 1


# First what who has Kafka alone may do, then what needs the router's key as well.
LIES: Final[dict[str, Lie]] = {
    "a decision altered": Lie(
        lambda lab: lab.alter(lab.decisions(), 6, outs="A" * 43), "record_differs",
        frozenset({"chain_broken"}),
    ),
    "a decision removed": Lie(_without(6), "chain_broken"),
    "a decision added": Lie(_added, "chain_broken"),
    "two decisions reordered": Lie(_reordered, "chain_broken"),
    "a decision repeated": Lie(
        lambda lab: lab.append(lab.decisions(), lab.decisions()[6]), "chain_broken"
    ),
    "a decision moved to another partition": Lie(
        _moved, "record_malformed", frozenset({"tail_unsigned", "due_unreported"})
    ),
    "the end cut off in the middle of what was signed": Lie(
        _without(slice(2, None)), "tail_unsigned", frozenset({"order_unrecorded"})
    ),
    "evidence altered after it was read": Lie(
        lambda lab: lab.alter(lab.evidence(), 6, salt="A" * 22), "evidence_altered",
    ),
    "evidence removed": Lie(lambda lab: lab.evidence().pop(6), "evidence_missing"),
    "a stub without an order": Lie(_evidence_stub, "erased_without_order"),
    "the evidence in place of its stub": Lie(_stubs_removed, "erasure_undone", world=erased),
    "evidence written once more": Lie(
        lambda lab: lab.append(lab.evidence(), lab.evidence()[6]), "evidence_altered"
    ),
    "evidence put back behind its stub": Lie(_put_back, "evidence_altered", world=erased),
    "an order removed from control": Lie(
        lambda lab: lab.rows[topics.control(REALM), 0].pop(), "order_unknown",
        frozenset({"in_force_unknown"}),
    ),
    "the log signed anew with a desk's key": Lie(
        lambda lab: lab.rewrite(lambda *_: None, signer=realm_keys(REALM).signers["crip"]),
        "signature_wrong",
    ),
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
        _decision(lambda _record, evidence: evidence["decision"].update(refused=True)),
        "decision_differs", side=("decision.refused", "true", "false"),
    ),
    "another version of the convention": Lie(
        _decision(lambda record, _evidence: record.update(convd="A" * 43)), "record_differs",
    ),
    "a decision back-dated": Lie(
        _decision(lambda record, _evidence: record.update(at=record["at"] - 60)), "record_differs",
    ),
    "a receipt for other parts than were delivered": Lie(
        _decision(lambda record, _evidence: record.update(outs="A" * 43)), "record_differs",
    ),
    "a look-up answered with other desks": Lie(
        _at(_looked_up, lambda record, _evidence: record["outs"].__setitem__(-1, "A" * 43)),
        "record_differs", world=told,
    ),
    "a decision moved to another case": Lie(
        _decision(_another_case), "decision_differs", side=("effects.2.sub", "…", "…")
    ),
    "a cover forged with the router's key": Lie(_decision(_forged_cover), "claimed_authorship"),
    "a cover altered": Lie(_decision(_altered_cover), "bad_signature"),
    "an old event decided again in another partition": Lie(_decided_again, "expired"),
    "a decision left out, all others chained without it": Lie(
        _decision(lambda *_: False), "decision_differs",
    ),
    "a missed deadline suppressed": Lie(_at(_overdue, lambda *_: False), "due_unreported"),
    "the instant of a missed deadline moved": Lie(
        _at(_overdue, lambda record, _evidence: record.update(at=record["at"] - DAY)),
        "record_differs", side=("at", "1798498799", "1798585199"),
    ),
    "a missed deadline told twice": Lie(_at(_overdue, lambda *_: 2), "decision_differs"),
    "an order carried out twice": Lie(
        _at(lambda lab: _adopted(lab)[-1], lambda *_: 2), "order_repeated"
    ),
    "an erasure passed by": Lie(
        _at(_erasure, lambda _record, evidence: evidence.pop("answers")), "record_malformed",
        frozenset({"erased_without_order"}), world=erased,
    ),
    "a case forgotten by an erasure that found nothing": Lie(
        _at(_erasure, _denied), "decision_differs", frozenset({"erased_without_order"}),
        world=erased,
    ),
    "a word more in the answer of an erasure": Lie(
        _at(_erasure, lambda _record, evidence: evidence["answers"][0].update(of="A child")),
        "decision_differs", frozenset({"erased_without_order"}), world=erased,
    ),
    "an erasure that answers for other decisions": Lie(
        _at(_erasure, lambda _record, evidence: evidence["answers"].reverse()), "decision_differs",
        frozenset({"erased_without_order"}), world=erased,
    ),
    "an order ignored": Lie(
        _at(lambda lab: next(at for at in _adopted(lab) if at[0]), lambda *_: False),
        "order_out_of_turn",
        frozenset({"in_force_unknown", "order_unrecorded"}),
    ),
}  # fmt: skip
