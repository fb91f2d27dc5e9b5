"""Budkavle."""
