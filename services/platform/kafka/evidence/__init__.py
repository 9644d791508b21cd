"""Records of the log paired with the evidence beside them, held to what the log vouches for."""
