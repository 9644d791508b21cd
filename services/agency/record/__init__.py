"""From a record in an agency's own words to scopes of the bus."""
