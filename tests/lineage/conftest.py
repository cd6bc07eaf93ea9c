from tests.tracking.conftest import run_id, world

__all__ = ["run_id", "world"]
