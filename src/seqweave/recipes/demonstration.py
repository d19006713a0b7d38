"""The demonstration: from nothing to a trained model over generated data, by the very steps that a user takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqweave.core.disk import make_folder
from seqweave.core.events import Listener
from seqweave.core.files import write_text
from seqweave.recipes.folder import RunFolder
from seqweave.recipes.guessing.draft import draft
from seqweave.recipes.guessing.generated import generate
from seqweave.recipes.predictor import Predictor
from seqweave.recipes.start import start

TASKS = ("tagging", "classification")
SENTENCES = {
    ("tagging", "en"): (
        "the fish near the old boats put the light again .",
        "the children with a dog watch the watch .",
    ),
    ("tagging", "zh"): ("这个 老师 挨着 那些 船队 推 锁 。", "许多 孩子们 对着 这个 窗户 画 画 。"),
    ("classification", "en"): ("the music was never dull .", "it was not late , but the food was awful ."),
    ("classification", "zh"): ("饭菜一点也不好。", "时间不晚，但是音乐真迷人。"),
    ("language-modelling", "en"): ("the birds near", "every old teacher behind some farmers"),
    ("language-modelling", "zh"): ("这只小鸟挨着一辆火车", "我的老"),
    ("translation", "en"): ("s t a r t h e r e", "a b c d e f g h i j"),
    ("translation", "zh"): ("甲 乙 丙 丁", "子 丑 寅 卯 辰 巳 午 未 申 酉"),
}
"""Two texts of each task and language; a bag of words gets them wrong."""


@dataclass(frozen=True)
class Demonstration:
    """A demonstration that has ended.

    Args:
        task: what was trained.
        run: its run.
        recipe: its recipe.
        answers: to the two example texts.
        spaces: whether the texts were given with spaces between ready tokens.
    """

    task: str
    run: RunFolder
    recipe: Path
    answers: list[dict[str, Any]]
    spaces: bool


def demonstrate(task: str, language: str, folder: Path, show: Listener) -> Demonstration:
    """Generate data, write a recipe, train it, and answer two texts.

    Args:
        task: name of the task.
        language: "en" or "zh".
        folder: a new folder for data, recipe and run.
        show: who looks on.
    """
    run, recipe = folder / "run", folder / "recipe.yaml"
    make_folder(folder)
    paths = generate(task, language, folder / "data")
    write_text(recipe, draft(task, paths, folder, laboratory=True))
    start(recipe, run, (), show)
    predict, texts = Predictor.load(run), SENTENCES[task, language]
    spaces = task == "tagging"
    return Demonstration(task, RunFolder(run), recipe, list(predict.stream(texts, tokens=spaces)), spaces)
