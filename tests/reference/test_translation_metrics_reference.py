"""BLEU, chrF and TER against sacrebleu's own command line, digit by digit."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import pytest

from seqweave.metrics.translation import bleu, chrf, ter

WORDS = {
    "13a": ["the", "cat", "sat,", "don't", "runs", "3.5", "%", "(big)", "house.", "A", "-"],
    "none": ["the", "cat", "@-@", "runs", ".", ","],
    "zh": ["今天", "天气", "很", "好", "。", "OK", "3", "我们"],
}


def corpus(tokenizer, lines):
    generator = random.Random(tokenizer)
    glue = "" if tokenizer == "zh" else " "
    golds = [generator.choices(WORDS[tokenizer], k=generator.randint(1, 14)) for _ in range(lines)]
    answers = [[w for w in gold if generator.random() < 0.8] or ["?"] for gold in golds]
    for answer in answers[::3]:
        generator.shuffle(answer)
    return [glue.join(gold) for gold in golds], [glue.join(answer) for answer in answers]


@pytest.mark.parametrize(("tokenizer", "lines"), [("13a", 30), ("none", 30), ("zh", 30), ("13a", 5)])
def test_values_and_signatures_are_those_of_the_command_line(tokenizer, lines, tmp_path):
    golds, answers = corpus(tokenizer, lines)
    assert bool(bleu(golds, answers, tokenizer).counts[:, 5].any()) == (lines > 5), (
        "few lines match no 4-gram: smoothed"
    )
    for name, texts in (("golds", golds), ("answers", answers)):
        (tmp_path / name).write_text("".join(f"{text}\n" for text in texts), "utf-8")
    asian = ["--ter-normalized", "--ter-asian-support"] if tokenizer == "zh" else []
    command = [sys.executable, "-m", "sacrebleu", tmp_path / "golds", "-i", tmp_path / "answers", "-m", "bleu", "chrf"]
    command += ["ter", "--width", "10", "--tokenize", tokenizer, "--force", *asian]
    told = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    ours = bleu(golds, answers, tokenizer), chrf(golds, answers), ter(golds, answers, tokenizer)
    for line, measure in zip(json.loads(told.stdout), ours, strict=True):
        assert f"{measure.value:.10f}" == f"{line['score']:.10f}"
        assert measure.signature == line["signature"]
