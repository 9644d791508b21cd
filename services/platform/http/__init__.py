"""Answers, problem documents and health endpoints over HTTP."""
