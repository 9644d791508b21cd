"""Write the vectors of conformance anew: `python -m tests.vectors.conformance`."""

from __future__ import annotations

from tests.vectors.conformance import FOLDER, files, text

for name, content in files().items():
    (FOLDER / name).parent.mkdir(exist_ok=True)
    (FOLDER / name).write_bytes(text(content))
