"""What the law and the convention ask for on paper before a desk begins: each document drafted from convention and request.

Drafts: nothing is decided in them, none is legal advice, and each says so. They are in French to be filed, in English to be read.
"""
