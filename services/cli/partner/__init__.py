"""Commands of a partner: send a record, read the inbox."""
