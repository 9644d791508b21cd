"""Synthetic events and states that a clause is tried with."""
