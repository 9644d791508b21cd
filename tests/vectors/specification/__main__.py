"""Write the vectors and schemas anew: `python -m tests.vectors.specification`."""

from __future__ import annotations

from tests.vectors.specification import FOLDER, bodies, files, text, tokens

for name, content in files().items():
    (FOLDER / name).write_bytes(text(content))
bodies.FILE.write_bytes(text(bodies.schema()))
tokens.FILE.write_bytes(text(tokens.schema()))
bodies.PAGE.write_text(bodies.page())
