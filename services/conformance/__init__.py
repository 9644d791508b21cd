"""Judges other people's programs by the published vectors (docs/specification/conformance.md)."""
