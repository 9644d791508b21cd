"""Two pages of each bundle: what it shows, what not, how to check by hand (bundle §5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from services.audit.bundle.head_proofs import END, head_name
from services.audit.bundle.manifest import AUDITOR, Manifest
from services.pages import render
from services.platform.process.paris_time import when
from services.texts import Catalogue

_ = Catalogue(__name__)

_REALMS: Final = {"civil": _.pgettext("bus", "civil"), "criminal": _.pgettext("bus", "criminal")}
NAMES: Final = {"en": "explained.html", "fr": "lisez-moi.html"}


def pages(manifest: Manifest, names: Iterable[str]) -> dict[str, bytes]:
    """Name in the bundle -> the page.

    Args:
        names: of the bundle's files, the pages or not.
    """
    names = frozenset(names)
    return {name: page(manifest, names, lang).encode() for lang, name in NAMES.items()}


def signer_name(manifest: Manifest, lang: str) -> str:
    """Who signed a bundle, by what the key's file says."""
    owner = manifest.signer.owner
    return _("the auditor").say(lang) if owner == AUDITOR else owner


def page(manifest: Manifest, names: frozenset[str], lang: str) -> str:
    """One page, of what the manifest says before these pages stand in it."""
    decisions = [place for place in manifest.places if place.kind == "decisions"]
    proved = [
        place
        for place in decisions
        if place.records and head_name(place.realm, place.partition, END) in names
    ]
    return render(
        "services.audit",
        "bundle/about.html",
        lang,
        manifest=manifest,
        first=next(iter([*proved, *(place for place in decisions if place.records)]), None),
        is_proved=bool(proved),
        asked_at=when(manifest.asked_at, lang),
        signer=signer_name(manifest, lang),
        counts=[
            {
                "realm": _REALMS[realm].say(lang),
                "partitions": sum(place.realm == realm for place in decisions),
                "records": sum(place.records for place in decisions if place.realm == realm),
            }
            for realm in manifest.realms
        ],
    )
