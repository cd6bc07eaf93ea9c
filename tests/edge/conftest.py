"""A house for a test that changes it, and one for a whole file of tests that change nothing."""

from tests.security.conftest import everything, house, shared_house

__all__ = ["everything", "house", "shared_house"]
