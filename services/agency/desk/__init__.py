"""A desk's page: for who has no software of her own, the same office by a browser."""
