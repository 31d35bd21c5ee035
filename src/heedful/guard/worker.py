"""One thread that runs rules, replaced as soon as one job takes too long, so that the jobs behind it go on."""

from __future__ import annotations

import asyncio
import ctypes
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from time import monotonic

from heedful.guard.case import Case
from heedful.guard.running import Progress, Rule, failure, run, verdict
from heedful.values import Check, Verdict

PATIENCE = 5  # deadlines that a job waits for its turn before it counts as one that could not run
# Deadlines on the clock after which a job is late although its thread has hardly worked: something else held the
# machine, or the rule waits for something, and there is no telling which.
ON_THE_CLOCK = 2.5


class _StoppedError(BaseException):
    """Raised inside a thread that was given up, where Python can still reach it."""


@dataclass(slots=True, eq=False)
class _Job:
    rules: Sequence[Rule]
    case: Case
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Verdict]
    queued: float
    started: float | None = None
    worked: float = 0.0  # seconds of processor that its thread had used before
    thread: _Thread | None = None
    timer: asyncio.TimerHandle | None = None
    progress: Progress = field(default_factory=Progress)


class Worker:
    """Takes cases one after the other. Safe to use from several event loops; `close` ends its thread."""

    def __init__(self, deadline_s: float) -> None:
        self._deadline_s = deadline_s
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: _Thread | None = None
        self._closed = False

    async def run(self, rules: Sequence[Rule], case: Case) -> Verdict:
        """Return the verdict; one that says `guard_failure` when it did not come within the deadline."""
        loop = asyncio.get_running_loop()
        job = _Job(rules, case, loop, loop.create_future(), monotonic())
        self._ensure()
        self._jobs.put(job)
        job.timer = loop.call_later(self._deadline_s, self._late, job)
        try:
            return await job.future
        finally:
            job.timer.cancel()

    def close(self) -> None:
        """End the thread after the job it is at; a later job gets `guard_failure`."""
        self._closed = True
        self._jobs.put(None)

    def _ensure(self) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("this guard is closed")
            if self._thread is None or not self._thread.is_alive():
                self._replace()

    def _replace(self) -> None:
        self._thread = _Thread(self._jobs)
        self._thread.start()

    def _late(self, job: _Job) -> None:
        """Give up a job that has had its time; look again when it has not."""
        if job.future.done():
            return
        now = monotonic()
        waited_out = job.started is None and now - job.queued >= PATIENCE * self._deadline_s
        left = self._deadline_s if job.started is None else _left(job, now - job.started, self._deadline_s)
        if not waited_out and left > 0:
            job.timer = job.loop.call_later(max(left, 0.001), self._late, job)
            return
        if job.thread is not None:
            with self._lock:
                if self._thread is job.thread:
                    self._replace()
            job.thread.abandon(job)
        job.future.set_result(_late_verdict(job))


def _left(job: _Job, elapsed: float, deadline_s: float) -> float:
    """Return the seconds a job still has: its thread's work counts, so that a busy machine hands nothing off."""
    worked = job.thread.worked() if job.thread is not None else None
    if worked is None:
        return deadline_s - elapsed
    return min(deadline_s - (worked - job.worked), ON_THE_CLOCK * deadline_s - elapsed)


def _late_verdict(job: _Job) -> Verdict:
    """Return what was found so far, and that the rule which was running did not end."""
    rule = job.progress.rule or (job.rules[0].code if job.rules else "guard")
    findings = [*job.progress.findings, failure(job.case, rule, "it took too long")]
    return verdict(findings, [*job.progress.checks, Check(rule, "failed")], job.case)


class _Thread(threading.Thread):
    """Runs jobs until it is told to stop, or given up."""

    def __init__(self, jobs: SimpleQueue[_Job | None]) -> None:
        super().__init__(name="heedful-guard", daemon=True)
        self._jobs = jobs
        self._current: _Job | None = None
        self._given_up = False

    def run(self) -> None:
        try:
            while not self._given_up:
                job = self._jobs.get()
                if job is None:
                    return
                if not job.future.done():
                    self._do(job)
        except _StoppedError:
            return

    def _do(self, job: _Job) -> None:
        self._current = job
        job.thread = self
        job.worked = self.worked() or 0.0
        job.started = monotonic()
        result = run(job.rules, job.case, job.progress)
        self._current = None
        if not self._given_up:
            _answer(job, result)

    def worked(self) -> float | None:
        """Return the seconds of processor this thread has used; `None` where the system doesn't tell."""
        if self.ident is None or not self.is_alive() or not hasattr(time, "pthread_getcpuclockid"):
            return None
        try:
            return time.clock_gettime(time.pthread_getcpuclockid(self.ident))
        except OSError:
            return None

    def abandon(self, job: _Job) -> None:
        """Take no further job, and stop the one at hand if it is Python code that can be stopped."""
        self._given_up = True
        if self._current is job and self.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), ctypes.py_object(_StoppedError))


def _answer(job: _Job, result: Verdict) -> None:
    def give() -> None:
        if not job.future.done():
            job.future.set_result(result)

    if not job.loop.is_closed():
        job.loop.call_soon_threadsafe(give)
