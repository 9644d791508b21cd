"""Keys in a device, on SoftHSM: they sign, they fail in one clear way, and they come back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from contracts.keys.entries import SigningKey
from contracts.keys.verification import ED25519, ES256, verifies
from services.platform.keys import keystore
from services.platform.keys.keystore import read_signer
from services.platform.keys.pkcs11 import Pkcs11Signer
from services.platform.keys.signer_watch import signers_watched
from services.platform.process.progress import ServiceHealth
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused
from tests.patience import eventually
from tests.soft_hsm import MODULE, PIN, UNTIL, SoftHsm, soft_hsm_in

OWNER: Final = "urn:relais:civil:desk:crip"


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """A token."""
    return soft_hsm_in(tmp_path_factory.mktemp("hsm"))


@pytest.fixture(scope="module")
def keys(device: SoftHsm) -> dict[str, SigningKey]:
    """Algorithm -> a key of it in the device."""
    return {
        alg: SigningKey(kid, alg, OWNER, device.made(kid, alg), 0, UNTIL)
        for alg, kid in ((ED25519, "crip-sig-1"), (ES256, "crip-sig-2"))
    }


@pytest.fixture
def signer(
    device: SoftHsm, keys: dict[str, SigningKey], tmp_path: Path
) -> Callable[..., Pkcs11Signer]:
    """Makes a signer of a key's file."""

    def made(alg: str = ED25519, uri: str = "", **changes: bytes | str) -> Pkcs11Signer:
        key = replace(keys[alg], **changes)  # type: ignore[arg-type]
        _key, made = read_signer(device.file(tmp_path / "key.json", key, uri))
        assert isinstance(made, Pkcs11Signer)
        return made

    return made


@pytest.mark.parametrize("alg", [ED25519, ES256])
def test_a_device_signs_and_its_signatures_verify(
    signer: Callable[..., Pkcs11Signer], alg: str
) -> None:
    """Forty of them: half of a device's ES256 would be in the upper half as it makes them."""
    own = signer(alg)

    for number in range(40):
        message = b"%d" % number
        assert verifies(own.alg, own.public, message, own.sign(message))


def test_threads_share_one_login(signer: Callable[..., Pkcs11Signer]) -> None:
    """Two keys in four threads: a session is not to be used by two at once, nor opened twice."""
    both = [signer(ED25519), signer(ES256)]

    def holds(number: int) -> bool:
        own, message = both[number % 2], b"%d" % number
        return verifies(own.alg, own.public, message, own.sign(message))

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(holds, range(80)))


def test_each_failure_is_one_clear_error_that_names_no_secret(
    device: SoftHsm, signer: Callable[..., Pkcs11Signer]
) -> None:
    """No token, no key, no library, another key, a key of another kind; and the rest goes on."""
    sound = signer()
    uri = device.uri
    broken = (
        (signer(uri=uri("crip-sig-1", token="none")), "signer_away"),
        (signer(uri=uri("crip-sig-9")), "signer_key"),
        (signer(uri=uri("crip-sig-1", module=MODULE.with_name("none.so"))), "signer_module"),
        (signer(public=bytes(31) + b"\5"), "signer_has_other_key"),
        (signer(uri=uri("crip-sig-2")), "signer_away"),
    )
    for own, code in broken:
        with refused(code) as caught:
            own.sign(b"message")
        told = caught.value.describe()
        assert own.kid in told
        assert not any(secret in told for secret in (PIN, "pkcs11:", str(device.folder)))
        assert sound.sign(b"message")


def test_a_refused_pin_is_shown_once(device: SoftHsm, signer: Callable[..., Pkcs11Signer]) -> None:
    """Devices lock themselves: the same PIN is not tried again, another one in its file is."""
    own = signer()
    own._module.close()
    device.pin.write_text("wrong-4712")
    try:
        for _ in range(3):
            with refused("signer_pin") as caught:
                own.sign(b"message")
            assert "the PIN that was refused" in caught.value.describe()  # and not shown again
            assert "4712" not in caught.value.describe()
        device.pin.chmod(0o644)
        with refused("signer_pin"):
            own.sign(b"message")
    finally:
        device.pin.write_text(PIN)
        device.pin.chmod(0o600)

    assert own.sign(b"message")


async def test_a_service_is_not_ready_while_its_device_is_away(
    device: SoftHsm, keys: dict[str, SigningKey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/ready` says so before anybody asks for a signature, and no more once it is back."""
    monkeypatch.setattr("services.platform.keys.signer_watch.SILENT_S", 0.05)
    health, key = ServiceHealth(), keys[ED25519]
    folder = tmp_path / "civil" / "crip"
    folder.mkdir(parents=True)
    device.file(folder / f"{key.kid}.json", key)
    own = keystore.desk_signers(tmp_path, "civil", "crip")
    listed = replace(kit.realm().directory, signing={key.kid: key})

    async with signers_watched([own], lambda _realm: (listed, kit.NOW), health, look_s=0.01):
        assert not health.ready()  # it was not asked yet
        await eventually(health.ready)
        device.take_away()
        try:
            await eventually(lambda: not health.ready())
            assert health.report()["loops"] == {"signer": {"stalled": True, "lag": 0}}
        finally:
            device.bring_back()
        await eventually(health.ready)
