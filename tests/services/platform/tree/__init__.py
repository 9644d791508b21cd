"""Tests of logs as files."""
