"""Education: social and health service (EDU-S), head teachers and local authority (EDU-H)."""
