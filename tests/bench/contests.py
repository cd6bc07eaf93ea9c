"""Two servers in turn, in the same minutes: how many times as fast one is as the other."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.bench.connections import Connection
from tests.bench.figures import TIMES, Figure, Report
from tests.bench.load import Step, drive
from tests.bench.processes import Process

_ROUNDS = 3
_MOST_SAMPLES = 15
_FEWEST_SAMPLES = 2
_SAMPLING_SECONDS = 10.0


@dataclass(frozen=True)
class Contestant:
    """A server and what it was given: an experiment with ``runs`` to read; another to write to.

    ``written`` are runs to log to, one for each client.
    """

    name: str
    process: Process
    experiment: str = ""
    runs: Sequence[str] = ()
    written_experiment: str = ""
    written: Sequence[str] = ()
    reader: str | None = field(default=None, repr=False)

    def connection(self) -> Connection:
        """Return a new connection, the reader's if there is one."""
        return self.process.connection(self.reader)


@dataclass(frozen=True)
class Question:
    """What both are asked, and what of the answers has to be the same."""

    ask: Callable[[Connection, Contestant], list[bytes]]
    gist: Callable[[list[bytes]], Any]


class _Pace(NamedTuple):
    rate: float
    cpu: float

    @classmethod
    def typical(cls, paces: Sequence["_Pace"]) -> "_Pace":
        return cls(*(statistics.median(values) for values in zip(*paces, strict=True)))

    def told(self) -> str:
        return f"{self.rate:,.0f}/s [{self.cpu:.2f} ms CPU]"


@dataclass(frozen=True)
class Contest:
    """Ours and a peer, on one engine; every ratio says how many times as fast ours is."""

    report: Report
    engine: str
    ours: Contestant
    peer: Contestant
    seconds: float

    def compare_rates(
        self,
        name: str,
        step_of: Callable[[Contestant], Step],
        goals: Mapping[int, float],
        unit: int = 1,
    ) -> None:
        """Drive both by turns, with each number of clients that there is a goal for."""
        for clients, goal in goals.items():
            rounds = [self._round(step_of, clients, unit) for _ in range(_ROUNDS)]
            ratio = statistics.median(ours.rate / theirs.rate for ours, theirs in rounds)
            ours, theirs = (_Pace.typical(paces) for paces in zip(*rounds, strict=True))
            self._add(
                f"{name}, {clients} clients", ratio, goal, f"{ours.told()} to {theirs.told()}"
            )

    def compare_answers(self, name: str, question: Question, goal: float) -> None:
        """Ask both by turns, each time on a new connection."""
        samples: list[tuple[float, float]] = []
        begun = time.perf_counter()
        while len(samples) < _FEWEST_SAMPLES or (
            len(samples) < _MOST_SAMPLES and time.perf_counter() < begun + _SAMPLING_SECONDS
        ):
            ours, our_answer = _ask(self.ours, question)
            theirs, their_answer = _ask(self.peer, question)
            assert our_answer == their_answer, f"the answers differ: {name}"
            samples.append((ours, theirs))
        ratio = statistics.median(theirs / ours for ours, theirs in samples)
        ours, theirs = (statistics.median(times) * 1e3 for times in zip(*samples, strict=True))
        self._add(name, ratio, goal, f"{ours:,.1f} ms to {theirs:,.1f} ms")

    def compare_transfers(
        self, name: str, transfer: Callable[[Contestant], float], mebibytes: int, goal: float
    ) -> None:
        """Have both move a file by turns."""
        rounds = [(transfer(self.ours), transfer(self.peer)) for _ in range(_ROUNDS)]
        ratio = statistics.median(theirs / ours for ours, theirs in rounds)
        ours, theirs = (mebibytes / statistics.median(times) for times in zip(*rounds, strict=True))
        self._add(name, ratio, goal, f"{ours:,.0f} MiB/s to {theirs:,.0f} MiB/s")

    def _round(
        self, step_of: Callable[[Contestant], Step], clients: int, unit: int
    ) -> tuple[_Pace, _Pace]:
        ours, theirs = (
            self._pace(one, step_of(one), clients, unit) for one in (self.ours, self.peer)
        )
        return ours, theirs

    def _pace(self, contestant: Contestant, step: Step, clients: int, unit: int) -> _Pace:
        seconds = self.seconds / _ROUNDS
        before = contestant.process.cpu()
        done = drive(contestant.connection, clients, step, seconds)
        spent = contestant.process.cpu() - before
        return _Pace(done * unit / seconds, spent / max(1, done) * 1e3)

    def _add(self, name: str, ratio: float, goal: float, note: str) -> None:
        shown = f"{name}, as fast as {self.peer.name}"
        figure = Figure(shown, self.engine, ratio, TIMES, goal, is_ceiling=False, note=note)
        self.report.add(figure)


def _ask(contestant: Contestant, question: Question) -> tuple[float, Any]:
    connection = contestant.connection()
    begun = time.perf_counter()
    answers = question.ask(connection, contestant)
    return time.perf_counter() - begun, question.gist(answers)
