"""One partition's state: what it holds, the effects that change it, and its rows, in memory or in tables (log §5)."""
