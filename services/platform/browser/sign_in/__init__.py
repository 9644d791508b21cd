"""Signing in and out: by an identity provider (OpenID Connect), or by accounts in a file where one plays."""
