"""From a kind of record to a form, and from a form that was filled in to a record."""
