"""Points that are refused: of small order, and those spelt otherwise (keys §1.3, §3).

A small-order Ed25519 key lets one signature verify for many messages; a small-order X25519 key
makes the shared secret known to anyone. A non-canonical key is a second spelling of another one. As
the R of a signature a point of small order is what one library takes and another refuses.
"""

from __future__ import annotations

from typing import Final

from contracts.errors import DirectoryError

_P: Final = 2**255 - 19
# y of the eight points whose order divides 8 (RFC 8032's curve): 0, 1, -1 and the two of order 8.
_Y8: Final = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_ED25519_SMALL: Final = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})
# As they are written: each y with either sign of x.
SMALL_ORDER_ED25519: Final = frozenset(
    (y | sign << 255).to_bytes(32, "little") for y in _ED25519_SMALL for sign in (0, 1)
)
# u of the points of small order on Curve25519 and on its twist (RFC 7748 section 6.1).
_X25519_SMALL: Final = frozenset(
    {
        0,
        1,
        _P - 1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    }
)


def check_ed25519(public: bytes, place: str = "") -> None:
    """Refuse an Ed25519 public key of small order or with another spelling.

    That the point is on the curve is shown by its proof of possession.

    Raises:
        DirectoryError: `wrong_key_size`, `key_not_canonical`, `key_of_small_order`.
    """
    y = _number(public, place) & (2**255 - 1)  # the top bit is the sign of x
    _refuse(y, _ED25519_SMALL, place)


def is_fit_ed25519(public: bytes) -> bool:
    """Whether `check_ed25519` lets a key pass."""
    try:
        check_ed25519(public)
    except DirectoryError:
        return False
    return True


def check_x25519(public: bytes, place: str = "") -> None:
    """Refuse an X25519 public key of small order or with another spelling, top bit included.

    Raises:
        DirectoryError: `wrong_key_size`, `key_not_canonical`, `key_of_small_order`.
    """
    _refuse(_number(public, place), _X25519_SMALL, place)


def _number(public: bytes, place: str) -> int:
    if len(public) != 32:
        raise DirectoryError("wrong_key_size", f"{len(public)} bytes", "32", place)
    return int.from_bytes(public, "little")


def _refuse(coordinate: int, small: frozenset[int], place: str) -> None:
    if coordinate >= _P:
        raise DirectoryError("key_not_canonical", "a number over 2^255-20", "one below", place)
    if coordinate in small:
        raise DirectoryError("key_of_small_order", "one", "a key of full order", place)
