"""Parties of the second version that the first has not: their keys, pinned as of one that joins."""

from __future__ import annotations

from contracts.convention.load import load
from contracts.convention.signing import party_urn
from contracts.conventions import SECOND, read
from services.operate.home import keys as making
from services.operate.home.home import Home
from services.platform.keys.owners import FILE, with_parties


def pinned(home: Home, at: int) -> Home:
    """A home in which every party of the second version can sign."""
    parties = tuple(
        making.ensure_signing(home.party_file(party), party_urn(party), at)[0]
        for party in load(read(SECOND)).parties
    )
    file = home.path / FILE
    making.write_secret(file, with_parties(file.read_bytes(), parties))
    return Home(home.path)  # anew: it remembers its owners
