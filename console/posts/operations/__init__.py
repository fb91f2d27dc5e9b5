"""The verbs of ordinary posts."""
