"""Topics and rights on the brokers: what was agreed, held against what is there, and applied.

Only the principal `admin` may use it (`contracts.vocabulary.principals`); no service does.
"""
