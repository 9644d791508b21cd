"""A second reader of the convention file, written apart from `contracts.convention`."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

SHIPPED = Path(__file__).parents[3] / "contracts/conventions/seine-saint-denis-2026-1.yaml"

# From rules §3: which scopes are narrow, so that their base releases them.
NARROW = {
    "FACTS": ["FACTS.summary"],
    "RISK": ["RISK.level", "RISK.flags", "RISK.safety"],
    "HEALTH": ["HEALTH.vital"],
    "PROCEDURE": ["PROCEDURE.reference", "PROCEDURE.status", "PROCEDURE.hearing"],
    "MEASURE": [f"MEASURE.{name}" for name in ("proposal", "actions", "attendance", "custodian")],
}

Question = tuple[str, str, str, str, str]  # realm, issuer, event, purpose, recipient
Table = dict[Question, dict[str, frozenset[str]]]  # scope -> conditions


def read(text: bytes) -> dict[str, Any]:
    """The file as plain values."""
    found: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return found


def grants(text: bytes) -> list[dict[str, Any]]:
    """Every grant with the fields of its clause, and an id."""
    found = []
    for clause in read(text)["clauses"]:
        shared = {name: value for name, value in clause.items() if name != "grants"}
        several = clause.get("grants")
        if several is None:
            found.append(shared)
            continue
        for number, grant in enumerate(several, start=1):
            found.append({**shared, **grant, "id": f"{clause['id']}.{number}"})
    return found


@lru_cache(maxsize=8)
def table(text: bytes = SHIPPED.read_bytes()) -> Table:
    """Question -> released scope -> its conditions; no entry: refused."""
    answers: Table = {}
    for grant in grants(text):
        scopes = set(grant["scopes"])
        for scope in grant["scopes"]:
            scopes.update(NARROW.get(scope, []))
        for issuer, recipient in product(grant["issuers"], grant["recipients"]):
            key = (grant["realm"], issuer, grant["event"], grant["purpose"], recipient)
            assert key not in answers, key
            answers[key] = dict.fromkeys(sorted(scopes), frozenset(grant["conditions"]))
    return answers
