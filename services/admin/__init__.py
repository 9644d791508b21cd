"""Topics and rights on the brokers: what was agreed, held against what is there, and applied.

Only the principal `admin` may use it (`contracts.principals`); no service does.
"""
