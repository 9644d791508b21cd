"""Joining: the request, the answer, the folder."""
