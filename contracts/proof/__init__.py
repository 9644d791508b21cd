"""A log that nobody can rewrite: Merkle tree, tiles, signed notes, checkpoints, policies, proofs (proof §1)."""
