"""Whoever waits hears what is being done, after a while, and no sooner."""

from __future__ import annotations

from sxcanalysis.core import progress


def test_a_person_hears_the_step_that_goes_on_and_those_after_it(monkeypatch):
    timers = []

    class Timer:
        def __init__(self, seconds, speak):
            self.seconds, self.speak, self.cancelled = seconds, speak, False
            timers.append(self)

        def start(self):
            pass

        def cancel(self):
            self.cancelled = True

    monkeypatch.setattr(progress, "Timer", Timer)
    heard = []
    progress.at_work("before")
    with progress.heard(lambda step, values: heard.append((step, values)), quiet=2):
        progress.at_work("reading", file="a.txt")
        progress.at_work("parsing", n=3)
        assert heard == [], "what is quick is quiet"
        timers[0].speak()
        progress.at_work("writing")
    progress.at_work("after")
    assert heard == [("parsing", {"n": 3}), ("writing", {})]
    assert (timers[0].seconds, timers[0].cancelled) == (2, True)
