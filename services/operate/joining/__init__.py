"""How a partner of other code joins: its request, the owners' answer; no open secret."""
