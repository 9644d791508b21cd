"""A directory in pages: the desks of one piece, and only pages that it names (keys §2.8)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.encoding import canonical, digest
from contracts.keys import keyring
from contracts.keys.directory_form import MOST_DESKS
from contracts.keys.directory_page import (
    MAX_PAGE,
    MOST_BYTES,
    PAGE_TYP,
    check_page,
    divided,
    load_page,
)
from contracts.keys.jose import sign_jws
from contracts.log.orders.order import make_order
from contracts.log.orders.registry import Registry
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused
from tests.contracts.log.bus import first_orders, owners

pytestmark = pytest.mark.slow

HERE = kit.realm("criminal", weeks=2)
CIVIL = kit.realm()
WHOLE, *PAGES = keyring.sign_in_pages(HERE.payload, HERE.keeper)
OWNER = kit.signer("urn:relais:owner:convention", "convention-1")
Payload = dict[str, Any]


def whole(payloads: list[Payload], **other: Any) -> Payload:
    """A directory that names these pages."""
    made = {name: value for name, value in HERE.payload.items() if name != "desks"}
    return made | {"pages": [digest(canonical(one)) for one in payloads]} | other


def loaded(payloads: list[Payload], made: Payload) -> None:
    """What a reader does who has these pages and this directory."""
    tokens = [sign_jws(made, "referral-directory+jwt", HERE.keeper)]
    tokens += [sign_jws(one, PAGE_TYP, HERE.keeper) for one in payloads]
    keyring.load_whole(tokens, HERE.keepers)


def pages() -> list[Payload]:
    """The sound pages: one of the police, one of the prosecutor."""
    return copy.deepcopy(divided("criminal", HERE.payload["desks"]))


def test_pages_bring_the_same_desks_and_keys() -> None:
    """In any order; only the digest is another: of what names the pages."""
    found = keyring.load_whole([WHOLE, *PAGES], HERE.keepers)
    assert found == keyring.load_whole([WHOLE, *reversed(PAGES)], HERE.keepers)

    assert len(PAGES) == 2
    assert found.desks == HERE.directory.desks
    assert found.signing == HERE.directory.signing
    assert dict(found.encryption) == dict(HERE.directory.encryption)
    assert found.digest == digest(canonical(whole(pages())))


def test_a_page_in_the_place_of_another() -> None:
    """None, one of another version, a name given twice, and one given to nothing."""
    old = pages()
    del old[0]["desks"][0]["sealing"]  # signed by the keeper then: another digest
    for given in (pages()[:1], old):
        with refused("page_missing"):
            loaded(given, whole(pages()))
    with refused("page_missing"):
        loaded(pages()[:1], whole(pages(), pages=whole(pages()[1:])["pages"]))
    with refused("page_twice"):
        loaded(pages(), whole(pages()[:1] * 2))


def test_a_desk_in_two_pages() -> None:
    """With other keys in the second, of which either might be sealed for."""
    twice = pages()
    twice[1]["desks"] = [*twice[1]["desks"], copy.deepcopy(twice[0]["desks"][0])]

    with refused("desk_twice"):
        loaded(twice, whole(twice))


def test_a_page_of_another_realm() -> None:
    """Signed by the same keeper, sound in itself."""
    foreign = divided("civil", CIVIL.payload["desks"])[:1]

    with refused("wrong_realm"):
        loaded(foreign, whole(foreign))


def test_desks_beside_pages() -> None:
    """One form or the other, and one of them."""
    for desks in (list[Payload](), HERE.payload["desks"]):
        with refused("malformed"):
            loaded(pages(), whole(pages(), desks=desks))
    bare = whole(pages())
    del bare["pages"]
    with refused("malformed"):
        loaded(pages(), bare)


def slipped(payload: Payload) -> None:
    """A key of the keeper's own."""
    keys = payload["desks"][0]["sealing"]["keys"]
    keys["P30"], keys["P90"] = keys["P90"], keys["P30"]


def foreign_desk(payload: Payload) -> None:
    """A desk of the other realm."""
    payload["desks"] = CIVIL.payload["desks"][:1]


def empty(payload: Payload) -> None:
    """No desk."""
    payload["desks"] = []


def too_many(payload: Payload) -> None:
    """One desk more than a page may have."""
    payload["desks"] = payload["desks"] * (MOST_DESKS + 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (slipped, "not_signed_by_desk"), (foreign_desk, "wrong_realm"), (empty, "malformed"),
        (too_many, "malformed"), (lambda page: page.update(version=1), "malformed"),
        (lambda page: page.pop("realm"), "malformed"),
    ],
)  # fmt: skip
def test_an_incoherent_page(change: Callable[[Payload], object], code: str) -> None:
    """By itself, before any directory names it."""
    page = pages()[0]
    change(page)

    with refused(code):
        check_page(page, {})


def test_a_page_that_is_no_page() -> None:
    """Another's signature, another type, more than a page may be."""
    with refused("unknown_key"):
        load_page(sign_jws(pages()[0], PAGE_TYP, HERE.router), HERE.keepers, {})
    with refused("wrong_typ"):
        load_page(sign_jws(pages()[0], "referral-order+jwt", HERE.keeper), HERE.keepers, {})
    with refused("too_large"):
        load_page("A" * (MAX_PAGE + 1), HERE.keepers, {})


def rows(many: int) -> list[Payload]:
    """Rows that are told apart, and by nothing else."""
    return [{"desk": f"urn:relais:civil:desk:e-{n}", "agency": "education"} for n in range(many)]


def test_a_desk_more_changes_one_page() -> None:
    """What did not change is not published anew."""
    before = {digest(canonical(page)) for page in divided("civil", rows(1_199))}
    after = {digest(canonical(page)) for page in divided("civil", rows(1_200))}

    assert len(after - before) == len(before - after) == 1
    assert len(after) >= 12


def test_pages_hold_every_desk_once_and_one_agency_each() -> None:
    """None is larger than a reader takes."""
    several = [*rows(250), {"desk": "urn:relais:civil:desk:pol", "agency": "police"}]

    found = divided("civil", several)

    desks = [row["desk"] for page in found for row in page["desks"]]
    assert sorted(desks) == sorted(row["desk"] for row in several)
    assert all(len({row["agency"] for row in page["desks"]}) == 1 for page in found)
    assert all(1 <= len(page["desks"]) <= MOST_DESKS for page in found)


# on control


def adopting(found: Registry, payload: Payload) -> tuple[list[str], list[bytes], bytes]:
    """The digests of its pages, their values, and the order that adopts a directory."""
    token, *parts = keyring.sign_in_pages(payload, CIVIL.keeper)
    order = make_order(
        "civil", "adopt_directory", {"directory": token}, last=found.last, start=kit.NOW,
        signers=[OWNER],
    )  # fmt: skip
    names = [digest(canonical(page)) for page in divided("civil", payload["desks"])]
    return names, [part.encode() for part in parts], order


def second() -> tuple[Registry, Payload]:
    """Control with a directory in one piece, and the next version of it."""
    found = Registry("civil", owners())
    assert found.extend(first_orders()) == []
    return found, copy.deepcopy(CIVIL.payload) | {"version": 2}


def test_a_directory_is_adopted_once_its_pages_are_there() -> None:
    """Before, the order is rejected; it stops nobody, and the same one is taken later."""
    found, payload = second()
    names, parts, order = adopting(found, payload)

    early = found.extend([*parts[1:], order])
    late = found.extend([parts[0], order])

    assert (early, late) == (["page_missing"], [])
    assert set(found.directories.pages) == set(names)
    assert found.directories[found.orders[-1].target].version == 2
    assert "directory" not in found.orders[-1].payload


def test_only_what_changed_is_published_for_the_next_version() -> None:
    """A page that control has is named again, and verified by nobody again."""
    found, payload = second()
    _, parts, order = adopting(found, payload)
    found.extend([*parts, order])
    payload["version"] = 3
    payload["desks"][0]["label"]["en"] = "Another name"
    _, again, next_order = adopting(found, payload)
    new = [part for part in again if part not in parts]

    rejected = found.extend([*new, next_order])

    assert (len(new), rejected) == (1, [])
    newest, before = (found.directories[one.target] for one in reversed(found.orders[-2:]))
    kept = [urn for urn in newest.desks if newest.desks[urn] is before.desks[urn]]
    assert len(kept) == len(newest.desks) - 1


def test_a_strangers_page_on_control_stops_nobody() -> None:
    """Not the keeper's, of the other realm, altered: rejected, and the true ones are taken."""
    found, payload = second()
    _, parts, order = adopting(found, payload)
    stranger = sign_jws(pages()[0], PAGE_TYP, HERE.router).encode()

    rejected = found.extend([stranger, PAGES[0].encode(), parts[0][:-8] + b"AAAAAAAA", b"\xff"])

    assert rejected[:3] == ["unknown_key", "order_malformed", "bad_signature"]
    assert len(rejected) == 4
    assert found.extend([*parts, order]) == []


def test_whoever_reads_control_again_finds_the_pages() -> None:
    """A copy that tries an order, and a registry whose owners changed."""
    found, payload = second()
    _, parts, order = adopting(found, payload)
    found.extend(parts)

    trial = found.copy()

    assert trial.extend([order]) == []
    late, _ = second()  # whose owners pinned no keeper until now
    assert late.reread([*first_orders(), *parts, order], owners())
    assert late.orders[-1].target == trial.orders[-1].target
    assert late.directories.pages.keys() == trial.directories.pages.keys()


def test_an_agency_outgrows_its_pages_by_bytes_too() -> None:
    """Ninety desks with large rows are several pages, none too large to be sent."""
    row = {"agency": "a", "keys": "x" * (MOST_BYTES // 30)}
    rows = [{**row, "desk": f"urn:relais:civil:desk:d{number}"} for number in range(90)]

    pages = [page["desks"] for page in divided("civil", rows)]

    assert sorted(str(one["desk"]) for page in pages for one in page) == sorted(
        str(one["desk"]) for one in rows
    )
    assert len(pages) > 2
    assert max(len(canonical(page)) for page in pages) < MAX_PAGE * 3 // 4
    assert divided("civil", [{**row, "desk": "d", "keys": "x" * 2 * MOST_BYTES}])[0]["desks"]
