from concurrent.futures import ThreadPoolExecutor

from app.db import Database
from app.tracking.runs.metrics import get_metric_history, log_batch
from app.tracking.runs.runs import get_run
from app.tracking.values import Metric
from tests.factories import caller_for

WORKERS, BATCHES, KEYS = 4, 8, 6


def test_batches_logged_at_once_lose_nothing_and_agree_on_the_latest(
    world, run_id, database: Database
):
    def work(worker: int) -> None:
        with database.session() as session:
            for batch in range(BATCHES):
                step = batch * WORKERS + worker
                keys = range(KEYS) if worker % 2 else reversed(range(KEYS))
                points = [Metric(f"k{key}", float(step), step, step) for key in keys]
                log_batch(caller_for(session, world.alice), run_id, metrics=points)
                session.commit()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))
    last = WORKERS * BATCHES - 1
    latest = {metric.key: metric.step for metric in get_run(world.caller(), run_id).metrics}
    assert latest == {f"k{key}": last for key in range(KEYS)}
    for key in range(KEYS):
        history = get_metric_history(world.caller(), run_id, f"k{key}").items
        assert [point.step for point in history] == list(range(last + 1))
