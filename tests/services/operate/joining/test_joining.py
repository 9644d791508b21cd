"""A partner joins by two files: its keys stay, and nothing that travels opens anything."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from contracts.convention.load import load
from contracts.conventions import fresh
from contracts.encoding import b64u, digest, unb64u
from contracts.errors import UsageError
from contracts.keys import keyring
from contracts.keys.directory_form import DeskRow
from contracts.keys.keyring import read_encryption_file
from contracts.keys.sealing_kinds import public_half
from contracts.log.orders.registry import Registry
from services.agency.agency_keys import build_agency
from services.agency.office.sending.identity import Agency
from services.agency.trade import trade_of
from services.cli.app import create_app
from services.console.roles import ROLES
from services.operate.home.first_orders import new_orders
from services.operate.home.home import Home
from services.operate.joining.answer import CONSOLE_ROLES, check_name
from services.operate.joining.request import client_key, make_request, read_request
from services.platform.kafka.orders.new_orders import signed_values
from services.play.certificates import certificate_form
from tests.contracts.envelope import kit

URN = "urn:relais:civil:desk:asso-2"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Joined:
    """Both sides."""

    home: Path
    partner: Path
    answer: Path


def relais(*words: object, code: int = 0) -> str:
    """A command, as it is typed; what it said."""
    done = CliRunner().invoke(create_app(), [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done.output


def authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Of the federation."""
    key, now = certificate_form.new_key(), datetime.now(UTC)
    return certificate_form.authority(key, now - timedelta(days=1), now + timedelta(days=30)), key


def certify(folder: Path, request: Path, principal: str = "association") -> tuple[Path, Path]:
    """A certificate for a request, by an authority; both as files."""
    by, key = authority()
    csr = x509.load_pem_x509_csr(json.loads(request.read_bytes())["csr"].encode())
    public, now = csr.public_key(), datetime.now(UTC)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    end = now + timedelta(days=20)
    made = certificate_form.certificate(principal, public, now, end, issuer=by, signer=key)
    files = folder / "own.pem", folder / "authority.pem"
    for file, one in zip(files, (made, by), strict=True):
        file.write_bytes(one.public_bytes(Encoding.PEM))
    return files


def answered(home: Path, request: Path, out: Path, *, code: int = 0) -> str:
    """The owners' side."""
    own, by = certify(out.parent, request)
    return relais(
        "partner", "answer", request, "--home", home, "--certificate", own, "--authority", by,
        "--brokers", "kafka.example:9093", "--out", out, code=code,
    )  # fmt: skip


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Joined:
    """A second association asks, is answered, and takes the answer."""
    folder = tmp_path_factory.mktemp("joining")
    made = Joined(folder / "home", folder / "partner", folder / "answer.json")
    Home(made.home).prepare(int(time.time()), 4)
    names = ("--label-fr", "Accueil de jour", "--label-en", "Day centre")
    relais("partner", "new", "asso-2", "--role", "ASSO", "--folder", made.partner, *names)
    answered(made.home, made.partner / "request.json", made.answer)
    relais("partner", "join", made.answer, "--folder", made.partner)
    return made


def secrets(joined: Joined) -> dict[str, bytes]:
    """Everything that may not travel: name -> bytes, as a reader might write them."""
    found: dict[str, bytes] = {}
    for path in joined.partner.glob("keys/*.json"):
        found[path.stem] = json.loads(path.read_bytes())["d"].encode()
    raw = {
        name: (joined.partner / name).read_bytes() for name in ("agency.secret", "routing.secret")
    }
    for name, data in raw.items():
        forms = (data.hex().encode(), b64u(data).encode(), base64.b64encode(data))
        found |= {f"{name} {at}": form for at, form in enumerate(forms)}
    key = (joined.partner / "client.key").read_bytes()
    return found | {"client.key": key.splitlines()[2]}


def test_no_secret_travels(joined: Joined) -> None:
    """Neither file holds a private half, a secret in any spelling, or a PEM of a private key."""
    travelled = (joined.partner / "request.json").read_bytes() + joined.answer.read_bytes()

    assert len(secrets(joined)) > 10
    assert [name for name, form in secrets(joined).items() if form in travelled] == []
    assert b"PRIVATE KEY" not in travelled
    assert b'"d"' not in travelled


def test_the_next_directory_lists_the_desk_by_its_own_keys(joined: Joined) -> None:
    """What the keeper signs is what the partner's keys open; the home has none of them."""
    relais("directory", "sign", "--home", joined.home)
    directory = Home(joined.home).directory("civil")
    private = {
        path.stem: public_half(read_encryption_file(path.read_bytes())[1])
        for path in joined.partner.glob("keys/asso-2-p*.json")
    }

    assert directory.desks[URN].label["en"] == "Day centre"
    listed = {key.kid: key.public for key in directory.encryption.values() if key.owner == URN}
    assert listed == private
    assert not list(joined.home.rglob("asso-2-*.json"))


def test_a_partner_says_which_events_its_software_reads(joined: Joined, tmp_path: Path) -> None:
    """The owners see it, the next directory says it; a type never sent is wrong use."""
    asked = ("partner", "new", "asso-reads", "--role", "ASSO", "--folder", tmp_path / "partner")
    relais(*asked, "--reads", "IP,MISSING", code=2)

    relais(*asked, "--reads", "specref,FEEDBACK")
    request = tmp_path / "partner" / "request.json"
    answered(joined.home, request, tmp_path / "answer.json")
    relais("directory", "sign", "--home", joined.home)

    (joined.home / "outside" / "civil" / "asso-reads.json").unlink()
    row = Home(joined.home).directory("civil").desks["urn:relais:civil:desk:asso-reads"]
    assert row.reads == ("FEEDBACK/1", "SPECREF/1")


def test_no_desk_joins_that_does_not_read_what_others_owe_it(
    joined: Joined, tmp_path: Path
) -> None:
    """The CRIP would fall overdue with an answer its service may not seal; by hand too."""
    folder, answer = tmp_path / "partner", tmp_path / "answer.json"
    asked = ("partner", "new", "asso-deaf", "--role", "ASSO", "--folder", folder)
    relais(*asked, "--reads", "specref", code=2)
    relais(*asked, "--reads", "specref,FEEDBACK")
    file = folder / "request.json"
    request = json.loads(file.read_bytes())
    request["row"]["reads"] = ["FEEDBACK/2", "SPECREF/1"]
    file.write_text(json.dumps(request))

    own, by = certify(tmp_path, file)
    relais(
        "partner", "answer", file, "--home", joined.home, "--certificate", own, "--authority", by,
        "--brokers", "kafka.example:9093", "--out", answer, code=2,
    )  # fmt: skip

    assert not answer.exists()
    assert not (joined.home / "outside" / "civil" / "asso-deaf.json").exists()


def test_its_agency_s_own_service_starts_without_the_newcomer_s_keys(joined: Joined) -> None:
    """It serves the desks whose keys it has; one with a token and no keys stops it."""
    home, at = Home(joined.home), int(time.time())
    relais("directory", "sign", "--home", joined.home)
    registry = Registry("civil", home.owners)
    for order in new_orders(home, registry, shards=1):
        signed_values(registry, order, at)

    def built(*served: str) -> Agency:
        trade, buses = trade_of("association"), {"civil": registry}
        return build_agency(home.keys, "association", trade, buses, at, served)

    assert built("asso", "psp").desks == ("asso", "psp")
    with pytest.raises(UsageError, match="key_file_missing"):
        built("asso", "psp", "asso-2")


def test_the_folder_is_what_a_partner_s_program_reads(joined: Joined) -> None:
    """Settings, owners, certificate, the realm's routing secret, each key's file private."""
    settings = json.loads((joined.partner / "settings.json").read_bytes())
    routing = (joined.home / "keys" / "civil" / "routing.secret").read_bytes()

    assert settings == {
        "desk": URN,
        "realm": "civil",
        "agency": "association",
        "kafka": "kafka.example:9093",
    }
    assert (joined.partner / "routing.secret").read_bytes() == routing
    assert (joined.partner / "owners.json").exists()
    for path in (
        joined.partner / "client.key",
        *joined.partner.glob("keys/*"),
        joined.partner / "routing.secret",
    ):
        assert path.stat().st_mode & 0o077 == 0, path


def spoilt(request: dict[str, Any], how: str) -> dict[str, Any]:
    """A request with one lie in it."""
    row = request["row"]
    if how == "agency":
        row["agency"] = "justice"
    elif how == "secrecy":
        row["secrecy"] = not row["secrecy"]
    elif how == "key":
        week = next(iter(row["sealing"]["keys"]["P30"]))
        row["sealing"]["keys"]["P30"][week] = b64u(bytes(range(32)))
    elif how == "desk":
        row["desk"] = "urn:relais:civil:desk:crip"
    elif how == "label":
        row["label"]["fr"] = "Accueil\x1b[2K\u202eruoj ed"
    elif how == "size":
        request["csr"] += "\n" * (1 << 20)
    else:
        request["csr"] = request["csr"].replace("A", "B", 40)
    return request


@pytest.mark.parametrize("how", ["agency", "secrecy", "key", "desk", "label", "size", "csr"])
def test_a_request_that_lies_is_refused(joined: Joined, tmp_path: Path, how: str) -> None:
    """Nothing is answered and no row is put down."""
    request = json.loads((joined.partner / "request.json").read_bytes())
    file, out = tmp_path / "request.json", tmp_path / "answer.json"
    own, by = certify(tmp_path, joined.partner / "request.json")
    file.write_text(json.dumps(spoilt(request, how)))
    before = sorted((joined.home / "outside").rglob("*.json"))

    relais(
        "partner", "answer", file, "--home", joined.home, "--certificate", own, "--authority", by,
        "--brokers", "kafka.example:9093", "--out", out, code=2,
    )  # fmt: skip

    assert not out.exists()
    assert sorted((joined.home / "outside").rglob("*.json")) == before


def stranger(folder: Path, desk: str) -> Path:
    """A sound request for a name, by keys of whoever asks."""
    relais("partner", "new", desk, "--role", "ASSO", "--folder", folder)
    return folder / "request.json"


@pytest.mark.parametrize("desk", ["asso-2", "asso", "parq-crim", "operator", "auditor"])
def test_no_request_takes_a_name_that_is_somebody_elses(
    joined: Joined, tmp_path: Path, desk: str
) -> None:
    """Of a partner that has joined, of a home's desk on either bus, of a console role."""
    asked = stranger(tmp_path / "partner", desk)
    before = {path: path.read_bytes() for path in (joined.home / "outside").rglob("*.json")}

    said = answered(joined.home, asked, tmp_path / "answer.json", code=2)

    assert "desk_taken" in said
    assert not (tmp_path / "answer.json").exists()
    assert {path: path.read_bytes() for path in before} == before
    assert set(ROLES) == CONSOLE_ROLES


def test_a_copied_key_takes_no_name_and_the_desk_itself_asks_again(
    joined: Joined, tmp_path: Path
) -> None:
    """A desk's row with a signing key more is refused; with its own and more weeks taken."""
    other = json.loads(stranger(tmp_path / "thief", "asso-2").read_bytes())
    request = json.loads((joined.partner / "request.json").read_bytes())
    own = other["row"]["signing"][0]
    row = {**request["row"], "signing": [*request["row"]["signing"], own]}
    before = [DeskRow.model_validate_json(json.dumps(request["row"])).wire()]

    again = DeskRow.model_validate_json(json.dumps(request["row"]))
    check_name(again, (), before)
    with pytest.raises(UsageError, match="desk_taken"):
        check_name(DeskRow.model_validate_json(json.dumps(row)), (), before)


def test_a_request_for_a_bus_that_is_not_its_roles_is_refused(joined: Joined) -> None:
    """An association learns nothing of the criminal bus, by keys that prove themselves there."""
    known = load(fresh(), "")
    loose = replace(
        known,
        roles={**known.roles, "ASSO": replace(known.roles["ASSO"], realms=("civil", "criminal"))},
    )
    made = make_request(
        joined.partner.parent / "criminal", loose, desk="asso-9", role="ASSO", label={},
        at=int(time.time()),
        weeks=2, realm="criminal",
    )  # fmt: skip

    with pytest.raises(UsageError, match="request_differs"):
        read_request(json.dumps(made.wire()).encode(), known)


@pytest.mark.parametrize("desk", ["Day Centre", "../elsewhere", "2-asso", ""])
def test_a_name_that_no_desk_can_have_is_told_and_nothing_is_made(
    tmp_path: Path, desk: str
) -> None:
    """Neither a folder nor, by a path in the name, a key outside it."""
    folder = tmp_path / "own"

    said = relais("partner", "new", desk, "--role", "ASSO", "--folder", folder, code=2)

    assert "desk_malformed" in said
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("brokers", ["kafka.example", "kafka.example:x", "a:1;b:2", ""])
def test_an_address_that_is_none_is_in_no_answer_and_is_taken_from_none(
    joined: Joined, tmp_path: Path, brokers: str
) -> None:
    """The owners mistype it, or somebody changes it on its way."""
    own, out = tmp_path / "partner", tmp_path / "answer.json"
    relais("partner", "new", "asso-8", "--role", "ASSO", "--folder", own)
    asked = ("partner", "answer", own / "request.json", "--home", joined.home, "--out", out)
    relais("keys", "tls", "admin", "--home", joined.home)

    said = relais(*asked, "--brokers", brokers, code=2)
    relais(*asked, "--brokers", "kafka.example:9093, [::1]:9092")
    (joined.home / "outside" / "civil" / "asso-8.json").unlink()
    out.write_text(json.dumps(json.loads(out.read_bytes()) | {"kafka": brokers}))
    relais("partner", "join", out, "--folder", own, code=2)

    assert "`host:port`" in said
    assert not (own / "client.pem").exists()


def test_a_certificate_that_is_no_pem_is_refused(joined: Joined, tmp_path: Path) -> None:
    """The authority's tool wrote DER: another certificate, and nothing is written."""
    request, out = joined.partner / "request.json", tmp_path / "answer.json"
    own, by = certify(tmp_path, request)
    der = x509.load_pem_x509_certificate(own.read_bytes()).public_bytes(Encoding.DER)
    own.write_bytes(der)

    said = relais(
        "partner", "answer", request, "--home", joined.home, "--certificate", own, "--authority",
        by,
        "--brokers", "kafka.example:9093", "--out", out, code=2,
    )  # fmt: skip

    assert "certificate_differs" in said
    assert not out.exists()


def test_an_answer_that_was_replaced_on_its_way_is_told_by_its_digest(
    joined: Joined, tmp_path: Path
) -> None:
    """With the carrier's own owners: both sides say what to compare; it takes nothing."""
    own, out = tmp_path / "partner", tmp_path / "answer.json"
    asked = relais(
        "partner", "new", "asso-4", "--role", "ASSO", "--folder", own, "--format", "json"
    )
    told = answered(joined.home, own / "request.json", out)
    (joined.home / "outside" / "civil" / "asso-4.json").unlink()
    owners, forged = digest(out.read_bytes()), json.loads(out.read_bytes())
    forged["owners"] = {"directory": [{"kid": "evil"}]}
    out.write_text(json.dumps(forged))

    relais("partner", "join", out, "--folder", own, "--digest", owners, code=2)

    assert owners in told
    assert json.loads(asked)["digest"] in told
    assert not (own / "owners.json").exists()


def test_a_home_with_an_authority_certifies_the_partners_own_key(
    joined: Joined, tmp_path: Path
) -> None:
    """Of the request alone: no private half leaves the partner's folder, or the home."""
    own, out = tmp_path / "partner", tmp_path / "answer.json"
    relais("keys", "tls", "admin", "--home", joined.home)
    relais("partner", "new", "asso-5", "--role", "ASSO", "--folder", own)
    asked = ("partner", "answer", own / "request.json", "--home", joined.home)

    relais(*asked, "--brokers", "kafka.example:9093", "--out", out)
    (joined.home / "outside" / "civil" / "asso-5.json").unlink()
    relais("partner", "join", out, "--folder", own)

    made = x509.load_pem_x509_certificate((own / "client.pem").read_bytes())
    assert made.public_key() == client_key(own / "client.key").public_key()
    assert made.not_valid_after_utc - datetime.now(UTC) < timedelta(days=91)
    assert not list((joined.home / "tls").glob("association*"))
    assert b"PRIVATE KEY" not in out.read_bytes()


@pytest.mark.parametrize("how", ["desk", "routing_secret", "certificate"])
def test_an_answer_that_does_not_fit_writes_nothing(
    joined: Joined, tmp_path: Path, how: str
) -> None:
    """Another desk's, one whose secret does not open, one with another's certificate."""
    own = tmp_path / "partner"
    relais("partner", "new", "asso-3", "--role", "ASSO", "--folder", own)
    answered(joined.home, own / "request.json", tmp_path / "answer.json")
    (joined.home / "outside" / "civil" / "asso-3.json").unlink()
    given = json.loads((tmp_path / "answer.json").read_bytes())
    given[how] = json.loads(joined.answer.read_bytes())[how]
    (tmp_path / "answer.json").write_text(json.dumps(given))

    relais("partner", "join", tmp_path / "answer.json", "--folder", own, code=2)

    assert not (own / "routing.secret").exists()
    assert not (own / "client.pem").exists()


HOSTILE: Final[dict[str, Callable[[dict[str, Any]], object]]] = {
    "a line more in the settings": lambda given: given.update(
        kafka="x:1\nssl.truststore.location=y"
    ),
    "words more": lambda given: given.update(sends="R\x1b[8m"),
    "no brokers": lambda given: given.pop("kafka"),
    "another release's": lambda given: given.update(format=2),
    "no owners": lambda given: given.update(owners=[]),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_an_answer_of_another_form_is_taken_by_nobody(
    joined: Joined, tmp_path: Path, how: str
) -> None:
    """Whoever carries it may make all of it; he deceives no reader, leaves no half."""
    own, file = tmp_path / "partner", tmp_path / "answer.json"
    relais("partner", "new", "asso-7", "--role", "ASSO", "--folder", own)
    answered(joined.home, own / "request.json", file)
    (joined.home / "outside" / "civil" / "asso-7.json").unlink()
    given = json.loads(file.read_bytes())
    HOSTILE[how](given)
    file.write_text(json.dumps(given))

    said = relais("partner", "join", file, "--folder", own, code=2)

    assert "answer_malformed" in said
    assert not (own / "routing.secret").exists()


@pytest.mark.parametrize("kid", ["crip-sig-1", "crip-sig-2", "asso-8-sig-1x", "asso-8-p30-2026w48"])
def test_no_desk_joins_by_a_key_that_is_named_as_anothers(
    joined: Joined, tmp_path: Path, kid: str
) -> None:
    """Key ids stand once in a directory: else nobody could sign or revoke any more."""
    relais("partner", "new", "asso-8", "--role", "ASSO", "--folder", tmp_path / "partner")
    file, at = tmp_path / "partner" / "request.json", int(time.time())
    request = json.loads(file.read_bytes())
    row, urn = request["row"], "urn:relais:civil:desk:asso-8"
    own = kit.signer(urn, kid)
    keys = {
        kept: {week: unb64u(key) for week, key in weeks.items()}
        for kept, weeks in row["sealing"]["keys"].items()
    }
    row["signing"] = [keyring.signing_entry(own, own.public, urn, at - 60, at + 10**7)]
    row["sealing"] = keyring.sealing_row(own, owner=urn, keys=keys, iat=at)
    file.write_text(json.dumps(request))

    said = answered(joined.home, file, tmp_path / "answer.json", code=2)

    assert "request_malformed" in said
    assert not (joined.home / "outside" / "civil" / "asso-8.json").exists()
