"""A trained language model that is asked of single texts: how each goes on, or how probable it is."""

from __future__ import annotations

from dataclasses import replace

from seqweave.core.errors import CommandError
from seqweave.layers.reading import ReadingModel
from seqweave.models.continuation import Continuer
from seqweave.models.language_model import LanguageModel
from seqweave.recipes.saving import Trained
from seqweave.tasks.language_codec import LanguageCodec


def continuing(trained: Trained) -> Trained:
    """The model as one that writes how texts go on; one that reads from both sides cannot, and scores them."""
    network = trained.network
    if isinstance(network, ReadingModel):
        return trained
    assert isinstance(network, LanguageModel), "what the task asks for"
    return replace(scoring(trained), network=Continuer(network).eval())


def scoring(trained: Trained) -> Trained:
    """The model as one that reads each text by itself."""
    codec = trained.codec
    if isinstance(trained.network, ReadingModel):
        return trained
    assert isinstance(codec, LanguageCodec), "what the task fits"
    return replace(trained, codec=replace(codec, context="document"))


def require_language_model(trained: Trained) -> None:
    """Refuse another model.

    Raises:
        CommandError: if texts have no probability for it.
    """
    if not isinstance(trained.network, LanguageModel | ReadingModel):
        what = f"the model is for {trained.recipe.task}: texts have no probability for it"
        raise CommandError("E-STEER-06", what, mend="leave --score out")
