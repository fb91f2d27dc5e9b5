"""Channels against the platforms' own servers, started here on loopback.

`make test-peers` installs them outside the tree; a test whose server isn't there says what is
missing, and skips.
"""
