"""The program as a process sees it: exit codes, messages for people, and what is imported when."""

import json
import subprocess
import sys

import pytest

from seqweave import __version__
from seqweave.cli.app import run

VERBS = ("demo", "init", "check", "train", "evaluate", "predict", "explain", "reproduce", "info", "export")


def test_verbs_stand_in_the_order_of_use(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    firsts = [words[0] for line in out.splitlines() if (words := line.split())]
    assert [first for first in firsts if first in VERBS] == list(VERBS)
    assert "..." not in out.partition("COMMAND [ARGS]...")[2], "a verb's first line is cut off"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb, capsys):
    assert run([verb, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


WRONG = {
    "no verb of this name": (["tran"], 2, "train"),
    "no task": (["init"], 2, "TASK"),
    "an option that is not there": (["info", "encoders", "--jsn"], 2, "--json"),
    "neither files nor laboratory": (["init", "tagging"], 2, "E-CLI-05"),
    "laboratory without a recipe": (["init", "tagging", "--laboratory"], 2, "E-CLI-06"),
    "a size of files": (["init", "tagging", "a.conll", "--size", "50"], 2, "E-CLI-08"),
    "no such language": (["init", "tagging", "--laboratory", "--language", "fr"], 2, "zh"),
    "a task misspelt": (["init", "taging", "a.csv"], 2, "'tagging'"),
    "no recipe": (["check", "a.yaml"], 66, "E-RECIPE-26"),
    "neither recipe nor run": (["train"], 2, "E-CLI-01"),
    "no run": (["predict", "a", "text"], 66, "E-RUN-03"),
    "a format without a file": (["predict", "a", "text", "--format", "conll"], 2, "E-CLI-10"),
    "a format of standard input": (["predict", "a", "--input", "-", "--format", "conll"], 2, "E-CLI-10"),
    "no run to export": (["export", "a", "--output", "b.zip"], 66, "E-RUN-03"),
    "no list of this name": (["info", "encodrs"], 66, "'encoders'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_ends_with_its_code_and_a_message(name, tmp_path, monkeypatch, capsys):
    arguments, code, said = WRONG[name]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    assert run(arguments) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert not captured.out
    assert not list(tmp_path.iterdir())


def test_a_mistake_is_one_object_where_json_is_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["check", "a.yaml", "--json"]) == 66
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], error["exit_code"]) == ("E-RECIPE-26", 66)


def test_help_imports_neither_the_terminal_nor_the_validator():
    program = """
import sys
from seqweave.cli.app import run
run(["--help"])
sys.exit(bool({"rich", "pydantic"} & set(sys.modules)))"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


def test_the_version_is_told_without_a_command_line():
    program = """
import sys
from seqweave.cli import main
sys.argv[1:] = ["--version"]
main()
sys.exit("typer" in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"seqweave {__version__}\n")


def test_our_own_fault_shows_its_traceback_on_demand_alone(monkeypatch, capsys):
    def broken(*arguments):
        raise ZeroDivisionError("of our own making")

    monkeypatch.setattr("seqweave.recipes.shipped.describe", broken)
    assert run(["info", "recipes"]) == 70
    assert "Traceback" not in capsys.readouterr().err
    assert run(["--debug", "info", "recipes"]) == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["train", "--help"], ["check", "bad.yaml"], ["train", "bad.yaml"]]
)
def test_torch_is_not_imported_before_it_is_needed(arguments, tmp_path):
    (tmp_path / "bad.yaml").write_text("task: tagging\ntask: tagging\n", encoding="utf-8")
    program = f"import sys; from seqweave.cli.app import run; run({arguments}); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]
