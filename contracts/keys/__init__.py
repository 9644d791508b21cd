"""Keys and signatures: JOSE, signers and key rings, the signed directory."""
