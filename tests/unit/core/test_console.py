from __future__ import annotations

import io
import subprocess
import sys

import pytest

from seqweave.core.console import BarConsole, PlainConsole, open_console
from seqweave.core.events import Events


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(console) -> str:
    with console as listener:
        events = Events(listener)
        events.emit("start", timing={"task": "tagging", "steps": 200, "done": 0})
        events.emit("step", {"step": 100, "epoch": 1, "loss": 0.123456}, {"tokens_per_second": 12345.6, "seconds": 2.0})
        events.emit("evaluation", {"step": 100, "epoch": 1, "accuracy": 93.4567, "best": True}, {"seconds": 0.51})
        events.emit("evaluation", {"step": 100, "epoch": 1, "accuracy": 93.1, "best": False})
        events.emit("notice", timing={"text": "[red]two\x1b[31m\nlines"})
        events.emit("stop", {"step": 200, "reason": "all epochs done"}, {"seconds": 12.0})
    return console.stream.getvalue()


def test_plain_lines_one_an_event(monkeypatch):
    monkeypatch.setattr("time.monotonic", iter([0.0, 10.0] + [75.0] * 9).__next__)
    assert told(PlainConsole(io.StringIO())).splitlines() == [
        "start 0/200  tagging",
        "step 100/200  epoch 1  loss 0.1235  12,346 tokens/s  ETA 1:05",
        "evaluation 100/200  epoch 1  accuracy 93.46  best  0.5 s",
        "evaluation 100/200  epoch 1  accuracy 93.1",
        "notice 100/200  [red]two\\x1b[31m\\nlines",
        "stop 200/200  all epochs done  12.0 s",
    ]


def test_the_time_still_to_go_is_told_at_the_pace_behind_the_first_step(monkeypatch):
    monkeypatch.setattr("time.monotonic", iter([0.0, 0.0, 50.0, 60.0]).__next__)
    console = PlainConsole(io.StringIO())
    events = Events(console)
    events.emit("start", timing={"task": "tagging", "steps": 31, "done": 0})
    for step in (1, 11):
        events.emit("step", {"step": step}, {"seconds": 1.0})
    assert console.stream.getvalue().splitlines()[1:] == ["step 1/31", "step 11/31  ETA 0:20"]


def test_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    written = told(open_console(Terminal()))
    assert "100/200" in written
    assert "12,346 tokens/s" in written
    assert "accuracy 93.46  best" in written
    assert "[red]two\\x1b[31m\\nlines" in written, "neither markup nor escapes of a file's text reach the terminal"
    assert "\x1b[31mlines" not in written


def test_the_kind_of_console_follows_the_stream(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(open_console(Terminal()), BarConsole)
    assert isinstance(open_console(io.StringIO()), PlainConsole)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(open_console(Terminal()), PlainConsole)


def test_messages_leave_standard_output_to_results(capsys):
    with open_console() as console:
        Events(console).emit("notice", timing={"text": "x"})
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "notice  x\n")


def test_a_reader_who_leaves_does_not_end_the_run():
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    Events(PlainConsole(Closed())).emit("step", {"step": 1})


@pytest.mark.parametrize("module", ["console", "events"])
def test_rich_is_imported_late(module):
    program = f"import sys, seqweave.core.{module}; print('rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
