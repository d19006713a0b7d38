"""The model card: what a model folder's README.md says, with the front matter that the hub reads."""

from __future__ import annotations

from huggingface_hub import ModelCardData

from seqweave import __version__
from seqweave.recipes.recipe import Recipe
from seqweave.recipes.saving import Trained

PIPELINES = {"classification": "text-classification", "tagging": "token-classification"}


def card(trained: Trained) -> str:
    """The card as Markdown."""
    recipe = trained.recipe
    front = ModelCardData(
        library_name="seqweave",
        pipeline_tag=PIPELINES.get(recipe.task),
        tags=["seqweave", recipe.task, recipe.model.kind],
    )
    parameters = sum(parameter.numel() for parameter in trained.network.parameters())
    return f"""---
{front.to_yaml()}
---

# A {recipe.model.kind} for {recipe.task}

Trained by Seqweave {__version__}{_beginning(recipe)}; {parameters:,} parameters. Use it with

```sh
seqweave predict DIR "your text"
```

What this model may be used for depends on the data it was trained on, which is known to whoever trained it.
"""


def _beginning(recipe: Recipe) -> str:
    """What it began with, where that was more than numbers drawn at random; no path, which would say whose it is."""
    embed = getattr(recipe.model, "embed", ())
    borrowed = any(one.kind == "contextual" for one in embed) if isinstance(embed, tuple) else False
    given = ["the weights of an earlier run"] * (recipe.training.start is not None) + ["a language model"] * borrowed
    return f", beginning with {' and '.join(given)}" if given else ""
