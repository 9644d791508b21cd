"""The folder that holds a play federation: keys, tokens, partners."""
