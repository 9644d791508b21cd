"""How a federation is, from what its parts say of themselves: asked, judged, told; nothing of a case."""
