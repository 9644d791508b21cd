"""Which pages of a directory are written to control."""

from __future__ import annotations

from contracts.keys.keyring import sign_in_pages
from contracts.log.orders.registry import Registry
from services.platform.kafka.orders.new_orders import _missing
from tests.contracts.envelope import kit
from tests.contracts.log.bus import owners


def test_a_page_that_control_has_is_not_written_again() -> None:
    """It is known by what it says, whoever of the keepers signed it."""
    here, other = kit.realm(), kit.signer("urn:relais:owner:directory", "directory-2")
    _, *pages = sign_in_pages(here.payload, here.keeper)
    _, *again = sign_in_pages(here.payload, other)
    registry = Registry("civil", owners())
    registry.extend(page.encode() for page in pages[1:])

    assert _missing(registry, pages) == [pages[0].encode()]
    assert _missing(registry, again) == [again[0].encode()]
