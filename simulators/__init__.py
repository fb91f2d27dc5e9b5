"""Platforms on loopback: they speak each platform's own protocol, keep its limits and spoil answers
on request. For tests, exercises of the installation and the benchmark; never in the way of a post.
"""
