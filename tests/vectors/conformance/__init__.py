"""Whether somebody's own implementation keeps the specification: cases, how each is made, what was found.

A case is one line of a table: what arrives, which sentence of the specification it tries, and what must
become of it.
"""
