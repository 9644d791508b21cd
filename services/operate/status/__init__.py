"""How a federation is, by what its parts say: asked, judged, told; nothing of a case."""
