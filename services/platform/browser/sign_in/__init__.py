"""Signing in and out: by an identity provider (OpenID Connect), or a play's accounts."""
