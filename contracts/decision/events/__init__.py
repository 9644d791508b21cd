"""What each kind of event comes to: the acts, the bus's own events, and what is said on no case."""
