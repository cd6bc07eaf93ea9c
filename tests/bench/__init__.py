"""Measures what the goals speak of, on this machine, and prints each figure beside its goal."""
