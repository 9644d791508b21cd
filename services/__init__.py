"""Who acts: thin shells around `contracts`, one folder a service, shared plumbing in `platform`."""
