"""A partner that has no service of its own: it joins by configuration, and speaks the bus's words."""
