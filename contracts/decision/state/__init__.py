"""One partition's state: what it holds, the effects that change it, and its rows (log §5)."""
