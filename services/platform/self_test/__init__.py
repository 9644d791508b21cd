"""A partner's self-test: what its rows are and say. Who runs them is the agency's own service."""
