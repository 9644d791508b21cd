"""A page of the directory: some desks, signed by its keeper, named by digest (keys §2.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.encoding import canonical, digest, sha256
from contracts.errors import DirectoryError
from contracts.keys.checked_desk import CheckedDesk, check_desk
from contracts.keys.directory_form import MOST_DESKS, PageFile, read_form
from contracts.keys.entries import SigningKey
from contracts.keys.jose import Signing, open_jws, sign_jws
from contracts.vocabulary.topics import MAX_ORDER_BYTES

PAGE_TYP: Final = "referral-directory-page+jwt"
MAX_PAGE: Final = MAX_ORDER_BYTES // 2  # characters of the token: a hundred desks fill a sixth
MOST_BYTES: Final = MAX_PAGE * 2 // 3  # of its desks, which base64 makes a third longer
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was verified.

    Attributes:
        digest: b64u(SHA-256(C(payload))); directories name it so.
        desks: SHA-256 of each row, and what it says.
    """

    digest: str
    realm: str
    desks: tuple[tuple[bytes, CheckedDesk], ...] = field(repr=False)


def load_page(
    token: str, owners: Mapping[str, SigningKey], known: Mapping[bytes, CheckedDesk]
) -> Page:
    """Verify and load a signed page.

    Args:
        owners: kid -> the directory keeper's keys, pinned in settings.
        known: rows of the same realm that were verified before, by their hash.

    Raises:
        EnvelopeError: those of `jose.open_jws`.
        DirectoryError: those of `check_page`.
    """
    jws = open_jws(token, PAGE_TYP, owners, at=0, place="page", limit=MAX_PAGE)
    return check_page(jws.claims, known)


def check_page(payload: Row, known: Mapping[bytes, CheckedDesk]) -> Page:
    """The page that a payload describes, if every key in it proves itself.

    Raises:
        DirectoryError: `malformed`, those of `checked_desk.check_desk`.
    """
    text = canonical(payload)
    file = read_form(PageFile, text, "a page of a directory")
    names = (sha256(canonical(row)) for row in payload["desks"])
    desks = tuple(
        (name, known.get(name) or check_desk(row, file.realm))
        for name, row in zip(names, file.desks, strict=True)
    )
    return Page(digest(text), file.realm, desks)


def sign_page(payload: Row, signer: Signing) -> str:
    """Sign a page.

    Raises:
        DirectoryError: `too_large`: nobody would load it.
    """
    token = sign_jws(payload, PAGE_TYP, signer)
    if len(token) > MAX_PAGE:
        raise DirectoryError("too_large", f"{len(token)} characters", f"at most {MAX_PAGE}", "page")
    return token


def divided(realm: str, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The payloads of the pages that hold these rows, an agency's together.

    Which page a desk is in follows from its own urn, so that a desk more or less changes one page;
    an agency that outgrows its pages, by desks or by bytes, has twice as many.
    """
    agencies: dict[str, list[Row]] = {}
    for row in rows:
        agencies.setdefault(row["agency"], []).append(row)
    pages = [page for _, own in sorted(agencies.items()) for page in _pages(own)]
    return [{"realm": realm, "desks": page} for page in pages]


def _pages(rows: list[Row], bit: int = 0) -> list[list[Row]]:
    small = len(rows) <= MOST_DESKS and sum(len(canonical(row)) for row in rows) <= MOST_BYTES
    if small or len(rows) <= 1:
        return [sorted(rows, key=lambda row: str(row["desk"]))] if rows else []
    halves: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        halves[sha256(str(row["desk"]).encode())[bit // 8] >> bit % 8 & 1].append(row)
    return [*_pages(halves[0], bit + 1), *_pages(halves[1], bit + 1)]
