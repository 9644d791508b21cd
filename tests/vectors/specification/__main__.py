"""Write the vectors and schemas anew: `python -m tests.vectors.specification`."""

from __future__ import annotations

from tests.vectors.specification import FOLDER, bodies, files, text

for name, content in files().items():
    (FOLDER / name).write_bytes(text(content))
bodies.FILE.write_bytes(text(bodies.schema()))
bodies.TOKENS_FILE.write_bytes(text(bodies.token_schema()))
bodies.PAGE.write_text(bodies.page())
