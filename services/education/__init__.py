"""Education: the social and health service (EDU-S), head teachers and the local authority (EDU-H)."""
