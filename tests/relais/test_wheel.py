"""Who installs the wheel has the client under the name that the documents give it, with its types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def test_the_wheel_brings_the_client_and_says_that_it_is_typed(tmp_path: Path) -> None:
    """Imported from the wheel itself, away from the source."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")

    asked = f"import sys; sys.path.insert(0, {str(wheel)!r}); import relais.client as c; print(c.Client, c.__file__)"
    told = subprocess.run(
        [sys.executable, "-I", "-c", asked], cwd=tmp_path, check=True, capture_output=True, text=True
    )  # fmt: skip

    assert "relais.client" in told.stdout
    assert str(wheel) in told.stdout
    assert "relais/py.typed" in ZipFile(wheel).namelist()
