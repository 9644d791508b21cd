"""A partner without a service of its own: joins by configuration, in the bus's words."""
