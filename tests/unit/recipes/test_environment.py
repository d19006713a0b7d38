"""What a run says it ran on."""

from __future__ import annotations

import platform

import pytest

from seqweave.recipes.environment import processor

ONE = "processor\t: 0\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{ONE}\n{ONE.replace('26', '25')}", "AMD EPYC (family 26, model 2)"),
        ("model name\t: Some: Chip\n", "Some: Chip"),
        ("", platform.machine()),
    ],
)
def test_processors_of_one_name_are_told_apart(tmp_path, text, told):
    (tmp_path / "cpuinfo").write_text(text)
    assert processor(tmp_path / "cpuinfo") == told
    assert processor(tmp_path / "none") == platform.machine()
