"""A log that nobody can rewrite: Merkle tree, tiles, notes, checkpoints, proofs (proof §1)."""
