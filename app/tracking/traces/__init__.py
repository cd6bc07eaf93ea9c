"""Traces, their spans, and what is said of them."""
