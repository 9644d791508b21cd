"""What was agreed: the envelope, the convention, the decision, the log.

Pure: no input or output, no clock, no randomness (sealing draws its keys and salts through an
argument). Everything that acts lives in `services`, which imports this package and never the
other way round.
"""
