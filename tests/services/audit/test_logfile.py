"""Log files that somebody hands in: cut off, damaged or made to burst, each a plain error."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from contracts.envelope.wire import Inbound
from contracts.errors import UsageError
from services.audit import logfile
from services.audit.logfile import MAX_LINE, read, writing

HEAD = b'{"relais-log":1,"records":1}\n'


def saved(path: Path, records: int = 200) -> Path:
    """A log file of some records."""
    with writing(path, records) as write:
        for offset in range(records):
            write(Inbound("civil.outbox", 0, offset, b"key", bytes([offset % 256]) * 300, (), 0))
    return path


def refused(path: Path) -> UsageError:
    """The error with which a file is read."""
    with pytest.raises(UsageError) as caught:
        list(read(path))
    return caught.value


def test_a_packed_file_that_was_cut_off_is_malformed(tmp_path: Path) -> None:
    """A download that broke: wherever it was cut, no traceback."""
    whole = saved(tmp_path / "log.gz").read_bytes()
    cut = tmp_path / "cut.gz"

    for length in (1, 5, 12, len(whole) // 2, len(whole) - 9, len(whole) - 1):
        cut.write_bytes(whole[:length])
        assert refused(cut).code == "log_malformed"


def test_a_packed_file_that_was_damaged_is_malformed(tmp_path: Path) -> None:
    """Data, checksum or length that are not those that were packed."""
    whole = bytearray(saved(tmp_path / "log.gz").read_bytes())
    bad = tmp_path / "bad.gz"

    for place in (0, len(whole) // 2, len(whole) - 6, len(whole) - 2):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        bad.write_bytes(damaged)
        assert refused(bad).code == "log_malformed"


def test_a_line_that_bursts_is_malformed_and_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Megabytes that unpack to gigabytes in one line: what is read of it is bounded, not the header alone."""
    monkeypatch.setattr(logfile, "MAX_LINE", 1 << 10)
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(HEAD + b" " * (1 << 20)))

    error = refused(bomb)

    assert (error.code, error.got) == ("log_malformed", "line 2")
    assert MAX_LINE == 16 << 20


@pytest.mark.parametrize(
    ("text", "got"),
    [
        (b"", "no header"),
        (b"[]\n", "no header"),
        (b'{"relais-log":1,"records":"many"}\n', "no header"),
        (b'{"relais-log":2,"records":1}\n', "another version"),
        (HEAD + b"{}\n", "line 2"),
        (HEAD + b'{"topic":1,"partition":0,"offset":0,"key":"","value":""}\n', "line 2"),
        (HEAD + b'{"topic":"t","partition":"0","offset":0,"key":"","value":""}\n', "line 2"),
        (HEAD + b"not json\n", "line 2"),
    ],
)
def test_a_file_that_is_no_log_is_malformed_at_its_line(
    tmp_path: Path, text: bytes, got: str
) -> None:
    """The line is named, its content is not."""
    file = tmp_path / "log"
    file.write_bytes(text)

    error = refused(file)

    assert (error.code, error.got) == ("log_malformed", got)
