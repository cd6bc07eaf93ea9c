"""Runs: what they logged, used and made."""
