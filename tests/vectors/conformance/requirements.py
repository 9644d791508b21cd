"""What the specification asks, one sentence for all cases that try it."""

from __future__ import annotations

from typing import Final

from services.texts import Catalogue
from tests.vectors.conformance.case import Requirement

_ = Catalogue(__name__)

TAKE: Final = Requirement(
    "envelope §8", _("A delivery that passes all steps is taken, and its parts are opened.")
)
FORM: Final = Requirement(
    "envelope §2.7, §6.1",
    _("Sizes, headers and the form of the CloudEvent are checked before anything else."),
)
CANONICAL: Final = Requirement(
    "envelope §2.2", _("JSON has one spelling: what is not byte for byte canonical is refused.")
)
BASE64: Final = Requirement(
    "envelope §2.1", _("Base64url has one spelling: altered last characters are refused.")
)
HEADER: Final = Requirement(
    "envelope §4.1, §9",
    _("A signature’s header has three members and no other; the algorithm is the key’s own."),
)
TYPES: Final = Requirement(
    "envelope §4.1, §9", _("A token is what its `typ` says, and is taken for nothing else.")
)
SIGNED: Final = Requirement(
    "envelope §8, keys §2.5",
    _("Slip and receipt verify by a key of the directory that was valid when they were signed."),
)
AUTHOR: Final = Requirement(
    "envelope §8", _("A slip is signed by its issuer’s own key, a receipt by the router’s.")
)
SCHEMA: Final = Requirement(
    "envelope §4.2, §5.2", _("The claims are a closed list, each of its form.")
)
TIME: Final = Requirement(
    "envelope §8",
    _("An event was routed before it expired, by the receipt’s clock and not today’s."),
)
SHELL: Final = Requirement("envelope §6.1", _("The CloudEvent says what the token says."))
AUDIENCE: Final = Requirement("envelope §8", _("Slip, receipt and parts are for this desk."))
AGREE: Final = Requirement(
    "envelope §8", _("Receipt, slip and the parts received are those of one delivery.")
)
HEAD: Final = Requirement(
    "envelope §3.1, §8",
    _("A part’s header is a closed list and names this event, its issuer and a key of this desk."),
)
RELEASED: Final = Requirement(
    "envelope §8", _("Each scope is there once, and the receipt names the clause that releases it.")
)
OPENED: Final = Requirement(
    "envelope §3.2, §3.3",
    _("What opens is what was promised: digest, event, issuer and scope are those of the header."),
)
POINTS: Final = Requirement(
    "keys §3", _("Public keys of small order and keys off their curve are refused.")
)
BODY: Final = Requirement("envelope §3.4, bodies §1", _("A body is of its scope’s schema."))
ORDER: Final = Requirement(
    "envelope §5.5", _("Nothing comes twice, and a hole in the numbers is seen.")
)
TAKEN_BACK: Final = Requirement(
    "envelope §8, rules §18",
    _("A withdrawal is obeyed, by the issuer or by a desk that follows it by the owners’ order, and by nobody else."),
)  # fmt: skip
ENTRUSTED: Final = Requirement(
    "envelope §8, rules §18",
    _(
        "A case is given away by a desk that ends, to one of the heirs that the owners’ order names."
    ),
)
NOTICE: Final = Requirement(
    "envelope §5.3, §8", _("A notice is held to the same: form, router, kind, desk, number.")
)
PUBLISH: Final = Requirement(
    "envelope §6, §7", _("What an issuer publishes passes all steps of the router and opens.")
)
PROJECT: Final = Requirement(
    "envelope §4.6", _("Each slip is the projection of the cover for its desk, and nothing more.")
)
SEAL: Final = Requirement(
    "envelope §3.2, §3.3; keys §2.6",
    _("A part is padded, drawn anew and sealed for the addressee’s newest key of its class."),
)
CHAIN: Final = Requirement(
    "envelope §4.7, §6.3", _("Partition and predecessor are those of the case.")
)
COVER: Final = Requirement("envelope §4.5", _("A cover that contradicts itself is not published."))
DIRECTORY: Final = Requirement(
    "keys §2.3 to §2.8",
    _(
        "Nothing is sealed under a directory that does not verify down to the addressee’s own signature."
    ),
)
READS: Final = Requirement(
    "keys §2.2",
    _("An act goes to desks alone whose software reads it; the bus’s own events go to everybody."),
)
