"""Write the vectors anew: `python -m tests.vectors.specification`."""

from __future__ import annotations

from tests.vectors.specification import FOLDER, files, text

for name, content in files().items():
    (FOLDER / name).write_bytes(text(content))
