"""The page on quarantine: what is to be ruled on, what was put aside, how to order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.committee.texts.labels import realm_label
from services.console.facts import institution, table
from services.operate.status.state import FederationState, RealmState
from services.platform.process.paris_time import exactly
from services.texts import Catalogue

_ = Catalogue(__name__)

_UNTOLD: Final = _("Whose it is, no auditor of the {realm} bus has told: {n} to be ruled on.")
_UNCOUNTED: Final = _(
    "Routing of the {realm} bus does not answer, or not all of it: its own counts are missing "
    "below."
)
_KEPT_HEADS: Final = (_("bus"), _("code"), _("from"), _("signed by"), _("how many"), _("oldest"))
_PUT_ASIDE_HEADS: Final = (_("bus"), _("code"), _("from"), _("how many"))
COMMANDS: Final = (
    "relais quarantine list --kept",
    "relais quarantine decide PARTITION:DECISION --release --reason fault_mended --key OWNER.json",
    "relais quarantine decide PARTITION:DECISION --discard --reason malformed --key OWNER.json",
)


def quarantine(now: FederationState | None, lang: str) -> dict[str, Any]:
    """All that the page shows."""
    realms = now.realms if now is not None else {}
    kept = [
        [
            realm_label(realm, lang), row.code, institution(row.agency, lang) or "–",
            row.desk or "–",
            str(row.number), exactly(row.oldest, lang),
        ]
        for realm, state in realms.items()
        for row in state.kept_by
    ]  # fmt: skip
    put_aside = [
        [realm_label(realm, lang), code, institution(agency, lang), str(n)]
        for realm, state in realms.items()
        for (code, agency), n in sorted(state.put_aside.items())
    ]
    by_whom = _("by code and by whose it is; the desk is known where its signature verified")
    return {
        "told": _told(realms, lang),
        "kept": table(_("To be ruled on"), by_whom, _KEPT_HEADS, kept, lang),
        "commands": COMMANDS,
        "tables": [
            table(
                _("Put aside since routing started"),
                _("by code"),
                _PUT_ASIDE_HEADS,
                put_aside,
                lang,
            )
        ],
    }


def _told(realms: Mapping[str, RealmState], lang: str) -> list[str]:
    """What is missing: an auditor that is silent, a router that counts nothing: not zero."""
    lines = []
    for realm, state in realms.items():
        bus = realm_label(realm, lang)
        if state.kept and not state.kept_by:
            lines.append(_UNTOLD.say(lang, realm=bus, n=state.kept))
        if state.partitions[1] < state.partitions[0] or not state.partitions[0]:
            lines.append(_UNCOUNTED.say(lang, realm=bus))
    return lines
