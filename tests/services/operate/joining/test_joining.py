"""A partner joins by two files: its keys stay, and nothing that travels opens anything."""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from contracts.convention.load import load
from contracts.conventions import shipped
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
from services.console.roles import ROLES
from services.operate.home.first_orders import new_orders
from services.operate.home.home import Home
from services.operate.joining.answer import CONSOLE_ROLES, check_name
from services.operate.joining.request import client_key, make_request, read_request
from services.platform.kafka.orders.new_orders import signed_values
from services.play.certificates import ca
from tests.contracts.envelope import kit
from tests.searching import files_under, written
from tests.shell import invoke

URN: Final = "urn:relais:civil:desk:asso-2"
KNOWN: Final = load(shipped(), "")
Change = Callable[[dict[str, Any]], object]

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Joined:
    """Both sides."""

    home: Path
    partner: Path
    answer: Path

    @property
    def rows(self) -> dict[str, bytes]:
        """What the owners list of desks that keep their keys themselves."""
        return files_under(self.home / "outside")


def relais(*words: object, code: int = 0) -> str:
    """A command, as it is typed; what it said."""
    done = invoke(*words)
    assert done.exit_code == code, done.output
    return done.output


def new(folder: Path, desk: str, *more: str, code: int = 0) -> Path:
    """The request that a desk makes."""
    relais("partner", "new", desk, "--role", "ASSO", "--folder", folder, *more, code=code)
    return folder / "request.json"


def answered(home: Path, request: Path, out: Path, *more: object, code: int = 0) -> str:
    """The owners' side; another certificate or other brokers as `more` says."""
    asked = ("partner", "answer", request, "--home", home, "--out", out)
    return relais(*asked, "--brokers", "kafka.example:9093", *more, code=code)


def certify(home: Path, request: Path) -> tuple[Path, Path]:
    """A certificate for a request, and the authority that it is by, both as files."""
    csr = x509.load_pem_x509_csr(json.loads(request.read_bytes())["csr"].encode())
    made = request.with_name("own.pem")
    made.write_bytes(ca.certify(home / "tls", csr))
    return made, home / "tls" / "ca.pem"


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Joined:
    """A second association asks, is answered, and takes the answer."""
    folder = tmp_path_factory.mktemp("joining")
    made = Joined(folder / "home", folder / "partner", folder / "answer.json")
    Home(made.home).prepare(int(time.time()), 4)
    relais("keys", "tls", "admin", "--home", made.home)  # an authority
    request = new(made.partner, "asso-2", "--label-fr", "Accueil", "--label-en", "Day centre")
    own, by = certify(made.home, request)
    answered(made.home, request, made.answer, "--certificate", own, "--authority", by)
    relais("partner", "join", made.answer, "--folder", made.partner)
    return made


@pytest.fixture(scope="module")
def asked(joined: Joined, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a third one, which has an answer beside it that it did not take yet."""
    folder = tmp_path_factory.mktemp("asked") / "own"
    answered(joined.home, new(folder, "asso-3"), folder / "answer.json")
    return folder


@pytest.fixture
def own(asked: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(asked, tmp_path / "own"))


def secrets(joined: Joined) -> dict[str, bytes]:
    """Everything that may not travel: name -> bytes, as somebody might write them."""
    found: dict[str, bytes] = {}
    for path in joined.partner.glob("keys/*.json"):
        found[path.stem] = json.loads(path.read_bytes())["d"].encode()
    for name in ("agency.secret", "routing.secret"):
        data = (joined.partner / name).read_bytes()
        found |= {f"{name} as {form}": text for form, text in written(data).items()}
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
    """The owners see it, the next directory says it; none never sent, all that it is owed."""
    folder = tmp_path / "partner"
    for reads in ("IP,MISSING", "specref"):
        new(folder, "asso-reads", "--reads", reads, code=2)
    request = new(folder, "asso-reads", "--reads", "specref,FEEDBACK")
    answered(joined.home, request, tmp_path / "answer.json")
    relais("directory", "sign", "--home", joined.home)

    row = Home(joined.home).directory("civil").desks["urn:relais:civil:desk:asso-reads"]
    assert row.reads == ("FEEDBACK/1", "SPECREF/1")


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
    own, settings = joined.partner, json.loads((joined.partner / "settings.json").read_bytes())
    routing = (joined.home / "keys" / "civil" / "routing.secret").read_bytes()
    said = {"desk": URN, "realm": "civil", "agency": "association", "kafka": "kafka.example:9093"}

    assert settings == said
    assert (own / "routing.secret").read_bytes() == routing
    assert (own / "owners.json").exists()
    for path in (own / "client.key", own / "routing.secret", *own.glob("keys/*")):
        assert path.stat().st_mode & 0o077 == 0, path


def spoil_key(request: dict[str, Any]) -> None:
    """Another key in the place of one that the desk has signed."""
    keys = request["row"]["sealing"]["keys"]["P30"]
    keys[next(iter(keys))] = b64u(bytes(range(32)))


def named(kid: str) -> Change:
    """A change to a signing key of the desk's own, named so, which has signed all the rest."""

    def change(request: dict[str, Any]) -> None:
        row, at = request["row"], int(time.time())
        own, urn = kit.signer(row["desk"], kid), row["desk"]
        keys = {
            kept: {week: unb64u(key) for week, key in weeks.items()}
            for kept, weeks in row["sealing"]["keys"].items()
        }
        row["signing"] = [keyring.signing_entry(own, own.public, urn, at - 60, at + 10**7)]
        row["sealing"] = keyring.sealing_row(own, owner=urn, keys=keys, iat=at)

    return change


def _of_version_7(csr: str) -> str:
    """A certificate's request whose version nobody knows."""
    der = x509.load_pem_x509_csr(csr.encode()).public_bytes(Encoding.DER)
    lines = wrap(base64.b64encode(der.replace(b"\2\1\0", b"\2\1\7", 1)).decode(), 64)
    return "\n".join((csr.splitlines()[0], *lines, csr.splitlines()[-1], ""))


def named_so(request: dict[str, Any], french: str) -> None:
    """A French name that is somebody's, and an English one of its own."""
    request["row"]["label"] = {"fr": french, "en": "Night shelter"}


LIES: Final[dict[str, tuple[str, Change]]] = {
    "agency": ("request_differs", lambda one: one["row"].update(agency="justice")),
    "secrecy": ("request_differs", lambda one: one["row"].update(secrecy=False)),
    "key": ("not_signed_by_desk", spoil_key),
    "desk": ("request_malformed", lambda one: one["row"].update(desk=URN)),
    "label": ("request_malformed", lambda one: one["row"]["label"].update(fr="A\x1b[2K\u202eruoj")),
    "no letter": ("request_malformed", lambda one: one["row"]["label"].update(fr="\u3164\u2800 7")),
    # A French colleague reads another service's name; the owners were shown the English one.
    "a desk's name": ("label_taken", lambda one: named_so(one, "Santé scolaire")),
    "a partner's": ("label_taken", lambda one: named_so(one, "DAY-centre")),
    "a role's": ("label_taken", lambda one: named_so(one, KNOWN.roles["JE"].label["en"])),
    "a role's in a text": ("label_taken", lambda one: named_so(one, "Le juge des enfants")),
    "a role's code": ("label_taken", lambda one: named_so(one, "Crip")),
    "a party's": ("label_taken", lambda one: named_so(one, KNOWN.party_labels["police"]["fr"])),
    "a reader's": ("label_taken", lambda one: named_so(one, KNOWN.readers["ODPE"]["fr"])),
    **{  # Cyrillic, small capital, squared, circled, mathematical, full width
        f"U+{ord(o):04X}": ("request_malformed", partial(named_so, french=f"P{o}lice"))
        for o in "\u043e\u1d0f\U0001f17e\u24de\U0001d428\uff4f"
    },
    "size": ("request_malformed", lambda one: one.update(csr=one["csr"] + "\n" * (1 << 20))),
    "csr": ("request_malformed", lambda one: one.update(csr=one["csr"].replace("A", "B", 40))),
    "two csr": ("request_malformed", lambda one: one.update(csr=" " + one["csr"] + one["csr"])),
    "csr's version": ("request_malformed", lambda one: one.update(csr=_of_version_7(one["csr"]))),
    "deaf": ("owed_unread", lambda one: one["row"].update(reads=["FEEDBACK/2", "SPECREF/1"])),
    # Key ids stand once in a directory: else nobody could sign or revoke any more.
    "another's": ("request_malformed", named("crip-sig-1")),
    "another's next": ("request_malformed", named("crip-sig-2")),
    "no number": ("request_malformed", named("asso-3-sig-1x")),
    "its sealing key's": ("request_malformed", named("asso-3-p30-2026m11")),
}


@pytest.mark.parametrize("how", LIES)
def test_a_request_that_lies_is_refused(joined: Joined, own: Path, how: str) -> None:
    """Nothing is answered and no row is put down."""
    file, out, (code, change) = own / "request.json", own / "new.json", LIES[how]
    request, before = json.loads(file.read_bytes()), joined.rows
    change(request)
    file.write_text(json.dumps(request))

    assert code in answered(joined.home, file, out, code=2)
    assert not out.exists()
    assert joined.rows == before


@pytest.mark.parametrize("desk", ["asso-2", "asso", "parq-crim", "operator", "auditor"])
def test_no_request_takes_a_name_that_is_somebody_elses(
    joined: Joined, tmp_path: Path, desk: str
) -> None:
    """Of a partner that has joined, of a home's desk on either bus, of a console role."""
    request, before = new(tmp_path / "partner", desk), joined.rows

    assert "desk_taken" in answered(joined.home, request, tmp_path / "answer.json", code=2)
    assert not (tmp_path / "answer.json").exists()
    assert joined.rows == before
    assert set(ROLES) == CONSOLE_ROLES


def test_a_copied_key_takes_no_name_and_the_desk_itself_asks_again(
    joined: Joined, tmp_path: Path
) -> None:
    """A desk's row with a signing key more is refused; with its own and more weeks taken."""
    own, other = (
        json.loads(file.read_bytes())["row"]
        for file in (joined.partner / "request.json", new(tmp_path / "thief", "asso-2"))
    )
    copied = {**own, "signing": [*own["signing"], *other["signing"]]}
    own["label"]["fr"] = KNOWN.roles["ASSO"].label["fr"]  # its role's name, one in English its own
    again, before = DeskRow.model_validate_json(json.dumps(own)), [own]

    check_name(again, (), before, KNOWN)
    with pytest.raises(UsageError, match="desk_taken"):
        check_name(DeskRow.model_validate_json(json.dumps(copied)), (), before, KNOWN)


def test_a_request_for_a_bus_that_is_not_its_roles_is_refused(tmp_path: Path) -> None:
    """An association learns nothing of the criminal bus, by keys that prove themselves there."""
    role = replace(KNOWN.roles["ASSO"], realms=("civil", "criminal"))
    loose = replace(KNOWN, roles={**KNOWN.roles, "ASSO": role})
    made = make_request(
        tmp_path / "own", loose, desk="asso-9", role="ASSO", label={}, at=int(time.time()),
        weeks=2, realm="criminal",
    )  # fmt: skip

    with pytest.raises(UsageError, match="request_differs"):
        read_request(json.dumps(made.wire()).encode(), KNOWN)


@pytest.mark.parametrize("desk", ["Day Centre", "../elsewhere", "2-asso", ""])
def test_a_name_that_no_desk_can_have_is_told_and_nothing_is_made(
    tmp_path: Path, desk: str
) -> None:
    """Neither a folder nor, by a path in the name, a key outside it."""
    asked = ("partner", "new", desk, "--role", "ASSO", "--folder", tmp_path / "own")

    assert "desk_malformed" in relais(*asked, code=2)
    assert not any(tmp_path.iterdir())


def test_a_request_is_made_anew_of_the_same_keys(own: Path) -> None:
    """And of more weeks."""
    keys = files_under(own / "keys")

    new(own, "asso-3", "--weeks", "20")

    assert keys.items() < files_under(own / "keys").items()


@pytest.mark.parametrize(
    ("mode", "desk", "code"),
    [
        (0o600, "asso-4", "folder_taken at --folder: got urn:relais:civil:desk:asso-3"),
        (0o644, "asso-4", "key_file_too_open"),
        (0o644, "asso-3", "key_file_too_open"),
    ],
)
def test_a_folder_is_neither_lost_nor_taken_over(
    own: Path, mode: int, desk: str, code: str
) -> None:
    """It is told whose it is, by its settings, which are whole even where others may read them."""
    (own / "settings.json").chmod(mode)
    before = files_under(own)

    assert code in relais("partner", "new", desk, "--role", "ASSO", "--folder", own, code=2)
    assert files_under(own) == before


def test_what_the_owners_mistype_is_in_no_answer(joined: Joined, own: Path) -> None:
    """No address of a broker; a certificate that the authority's tool wrote as DER."""
    request, out = own / "request.json", own / "new.json"
    made, by = certify(joined.home, request)
    made.write_bytes(x509.load_pem_x509_certificate(made.read_bytes()).public_bytes(Encoding.DER))
    files = ("--certificate", made, "--authority", by)

    for brokers in ("kafka.example", "kafka.example:x", "a:1;b:2", ""):
        said = answered(joined.home, request, out, "--brokers", brokers, code=2)
        assert "`host:port`" in said
    assert "certificate_differs" in answered(joined.home, request, out, *files, code=2)
    assert not out.exists()
    answered(joined.home, request, out, "--brokers", "kafka.example:9093, [::1]:9092")


def test_an_answer_that_was_replaced_on_its_way_is_told_by_its_digest(
    joined: Joined, own: Path
) -> None:
    """With the carrier's own owners: both sides say what to compare; it takes nothing."""
    out = own / "answer.json"
    told = answered(joined.home, own / "request.json", out)
    owners, forged = digest(out.read_bytes()), json.loads(out.read_bytes())
    out.write_text(json.dumps(forged | {"owners": {"directory": [{"kid": "evil"}]}}))

    relais("partner", "join", out, "--folder", own, "--digest", owners, code=2)

    assert owners in told
    assert digest((own / "request.json").read_bytes()) in told
    assert not (own / "owners.json").exists()


def test_a_home_with_an_authority_certifies_the_partners_own_key(joined: Joined, own: Path) -> None:
    """Of the request alone: no private half leaves the partner's folder, or the home."""
    relais("partner", "join", own / "answer.json", "--folder", own)

    made = x509.load_pem_x509_certificate((own / "client.pem").read_bytes())
    assert made.public_key() == client_key(own / "client.key").public_key()
    assert made.not_valid_after_utc - datetime.now(UTC) < timedelta(days=91)
    assert not list((joined.home / "tls").glob("association*"))
    assert b"PRIVATE KEY" not in (own / "answer.json").read_bytes()


HOSTILE: Final[dict[str, Change]] = {
    "a line more in the settings": lambda one: one.update(kafka="x:1\nssl.truststore.location=y"),
    "no address": lambda one: one.update(kafka="kafka.example"),
    "no brokers": lambda one: one.pop("kafka"),
    "words more": lambda one: one.update(sends="R\x1b[8m"),
    "another release's": lambda one: one.update(format=2),
    "no owners": lambda one: one.update(owners=[]),
    "a seal without a header": lambda one: one.update(routing_secret=f"{b64u(b'[]')}.a.b.c.d"),
    "another desk's": lambda one: one.update(desk=URN),
}


@pytest.mark.parametrize("how", [*HOSTILE, "routing_secret", "certificate"])
def test_an_answer_of_another_form_or_desk_is_taken_by_nobody(
    joined: Joined, own: Path, how: str
) -> None:
    """Whoever carries it may make all of it; he deceives no reader, leaves no half."""
    file, other = own / "answer.json", json.loads(joined.answer.read_bytes())
    given = json.loads(file.read_bytes())
    if how in HOSTILE:
        HOSTILE[how](given)
    else:
        given[how] = other[how]
    file.write_text(json.dumps(given))
    code = "certificate_differs" if how == "certificate" else "answer_malformed"

    assert code in relais("partner", "join", file, "--folder", own, code=2)
    assert not {"routing.secret", "client.pem"} & {path.name for path in own.iterdir()}
