"""Child welfare: CRIP, ASE, PMI, homes and home-based support, each desk with its own kinds."""
