"""How a partner of other code joins: what it asks with, what the owners answer; no secret travels open."""
