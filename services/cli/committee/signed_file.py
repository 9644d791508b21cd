"""A convention's file with its signatures: read once, each judged apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.cli.common.output import in_words
from services.texts import counted

if TYPE_CHECKING:
    from contracts.convention.model import Convention
    from contracts.convention.signing import Fault, Signatures
    from contracts.errors import ConventionError, RelaisError
    from contracts.keys.directory import SigningKey

FOUND: Final = 1  # exit code: signatures are missing or bad, or no order may adopt the version

_FAULT: Final = {
    "other_key": "signed by another key than that of owners.json",
    "file_changed": "the file has changed since",
    "no_party": "of somebody who is no party to this version",
    "unreadable": "unreadable",
}
_SIGNED: Final = ("{n} signature; needed: {rule}", "{n} signatures; needed: {rule}")
_ADOPTABLE: Final = "an order may adopt it"
_UNKNOWN: Final = (
    "the version before is not at hand: neither its quorum nor the succession was checked, "
    "and nothing says that a bus would adopt this file; put it beside this one"
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A file with what lies beside it, read once: what is checked is what is ordered.

    Attributes:
        tokens: party, as a file's name says -> its signature, not checked yet.
    """

    file: Path
    text: bytes
    convention: Convention
    tokens: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CheckedSignatures:
    """A version's signatures, checked; and the version before where it is known.

    Attributes:
        faults: party, as a file's name says -> what is wrong with its signature.
        refusal: why no order may adopt it whose good signatures these are; None if one may.
    """

    version: Signed
    before: Convention | None
    signatures: Signatures
    faults: Mapping[str, Fault]
    refusal: RelaisError | None

    @property
    def predecessor_known(self) -> bool:
        """Whether the version before is at hand, or it is known that there is none."""
        return self.before is not None or not self.version.convention.predecessor

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return self.refusal is None and not self.faults


def numbers_fault(before: Convention | None, convention: Convention) -> ConventionError | None:
    """Why a version's clause numbers may not follow the one before; None if they may."""
    from contracts.convention.adoption import check_numbers
    from contracts.errors import ConventionError

    try:
        if before is not None:
            check_numbers(before, convention)
    except ConventionError as error:
        return error
    return None


def read(file: Path) -> Signed:
    """A file that loads, and its signatures.

    Raises:
        ConventionError: it does not load; with the file's own name and line.
    """
    from contracts.convention.load import load
    from services.platform.keys.signatures import read_convention

    text = read_convention(file)
    return Signed(file, text, load(text, file.name), _tokens(file))


def judge(
    version: Signed, before: Convention | None, keys: Mapping[str, SigningKey]
) -> CheckedSignatures:
    """Each signature by itself: a bad one does not hide the others; then what an order would do."""
    from contracts.convention.adoption import Adopted, check_adoption
    from contracts.convention.signing import verify_apart
    from contracts.errors import RelaisError

    convention = version.convention
    refusal: RelaisError | None = None
    last = Adopted(before, before.starts) if before is not None else None
    start = max(convention.starts, last.start if last is not None else 0)
    signatures, faults = verify_apart(convention, version.tokens, keys, at=start, before=before)
    good = [token for party, token in version.tokens.items() if party not in faults]
    try:
        check_adoption(convention, good, keys, start=start, last=last)
    except RelaisError as error:
        refusal = error
    return CheckedSignatures(version, before, signatures, faults, refusal)


def _tokens(file: Path) -> dict[str, str]:
    """Party, as the file's name says -> its signature; of a file that cannot be read, no JWS."""
    from contracts.convention.signing import MAX_SIGNATURE
    from services.platform.keys.signatures import ENDING

    tokens = {}
    for path in sorted(file.parent.glob(f"{escape(file.name)}.*{ENDING}")):
        party = path.name.removeprefix(f"{file.name}.").removesuffix(ENDING)
        try:
            with path.open("rb") as signature:
                token = signature.read(MAX_SIGNATURE + 2)
        except OSError:
            token = b""
        tokens[party] = token.decode("ascii", "replace").strip()
    return tokens


def as_data(judged: CheckedSignatures) -> dict[str, Any]:
    """What was found of a signed file, as `--format json` prints it."""
    from services.platform.keys.signatures import signature_file

    version, convention = judged.version, judged.version.convention
    return {
        "file": version.file.name, "version": convention.version, "convd": convention.digest,
        "predecessor": convention.predecessor, "predecessor_known": judged.predecessor_known,
        "effective": convention.effective,
        "signed": list(judged.signatures.signed), "missing": list(judged.signatures.missing),
        "invalid": [
            {"file": signature_file(version.file, party).name, "party": party, "reason": reason}
            for party, reason in judged.faults.items()
        ],
        "refused": judged.refusal.code if judged.refusal is not None else "",
    }  # fmt: skip


def lines(judged: CheckedSignatures) -> Iterator[str]:
    """One line a party, how many are needed, and whether an order may adopt the version."""
    from contracts.convention.signing import quorum_text
    from services.platform.keys.signatures import signature_file

    convention = judged.version.convention
    missing = [party for party in judged.signatures.missing if party not in judged.faults]
    for name, parties in (("signed", judged.signatures.signed), ("missing", missing)):
        for party in parties:
            label = convention.party_labels.get(party, {}).get("en", "")
            yield f"{name:7}  {party:14} {label}".rstrip()
    for party, fault in judged.faults.items():
        file = signature_file(judged.version.file, party).name
        yield f"invalid  {party:14} {file}: {_FAULT[fault]}"
    needed = [one for one in (convention, judged.before) if one is not None]
    rule = ", ".join(f"version {one.version}: {quorum_text(one)}" for one in needed)
    yield counted(_SIGNED, len(judged.signatures.signed), rule=rule)
    if not judged.predecessor_known:
        yield _UNKNOWN
    else:
        yield in_words(judged.refusal) if judged.refusal is not None else _ADOPTABLE
