"""A recipe: its mistakes are told with their places, and a model that is none for its task is refused."""

import pytest

from seqweave.core.errors import RecipeError, SeqweaveError
from seqweave.core.nodes import parse
from seqweave.recipes.recipe import read, recipe_of, watched
from seqweave.training.configuration import TrainingConfig

TAGGER = "{embed: [{kind: words}], encoder: {kind: lstm}, head: {kind: crf}}"
CLASSIFIER = "{embed: [{kind: words}], encoder: {kind: lstm}, head: {kind: label}}"


def of(text):
    return read(parse(text.encode(), "r.yaml"))


def message(text):
    with pytest.raises(SeqweaveError) as caught:
        of(text)
    return str(caught.value)


def test_the_task_names_its_usual_model():
    assert of(f"task: tagging\ndata: {{train: a}}\nmodel: {TAGGER}").model.kind == "tagger"
    assert of(f"task: classification\ndata: {{train: a}}\nmodel: {CLASSIFIER}").model.kind == "classifier"
    assert of("task: classification\ndata: {train: a}\nmodel: {kind: linear}").model.kind == "linear"


def test_a_dumped_recipe_is_the_same_recipe():
    recipe = of(f"task: tagging\ndata: {{train: [a, b], scheme: iob2}}\nmodel: {TAGGER}\ntraining: {{seed: 3}}")
    assert recipe_of(recipe.dump()) == recipe


def test_a_missing_or_unknown_task_is_told():
    assert message("data: {train: a}") == (
        "r.yaml:1: the key 'task' is missing. How to mend: write task: and one of classification, language-modelling, "
        "tagging, translation. "
        "[E-RECIPE-11]"
    )
    assert "there is no task 'taging'" in message("task: taging\ndata: {train: a}")
    assert "use 'tagging'" in message("task: taging\ndata: {train: a}")


def test_a_model_of_another_task_is_refused_at_its_kind():
    told = message("task: tagging\ndata: {train: a}\nmodel:\n  kind: linear\n")
    assert told.startswith("r.yaml:4:")
    assert told.endswith("a linear is no model for tagging. How to mend: use tagger. [E-RECIPE-22]")


def test_a_reader_sees_no_token_that_it_has_to_tell():
    told = message(
        "task: language-modelling\ndata: {train: a}\nmodel:\n  kind: bilm\n  reader:\n    kind: bidirectional\n"
        "    encoder: {kind: gru, bidirectional: false}\n    embed:\n    - {kind: words}\n    - {kind: ngrams}\n"
    )
    assert told.startswith("r.yaml:8:")
    assert "ngrams show a reader the very tokens that it has to tell" in told
    assert told.endswith("[E-RECIPE-15]")


def test_a_context_that_changes_nothing_is_refused():
    """A stored recipe names the default, which must be read again."""
    reader = "{kind: bidirectional, embed: [{kind: words}], encoder: {kind: gru, bidirectional: false}}"
    recipe = "task: language-modelling\ndata:\n  train: a\n  context: %s\nmodel: {kind: bilm, reader: " + reader + "}\n"
    told = message(recipe % "document")
    assert told.startswith("r.yaml:4:")
    assert told.endswith("How to mend: delete data.context. [E-RECIPE-33]")
    read(parse(recipe % "stream", "r.yaml"))


def test_one_layer_has_one_size():
    encoder = "{kind: lstm, hidden: 8, top: 6, bidirectional: false}"
    told = message(f"task: language-modelling\ndata: {{train: a}}\nmodel:\n  encoder: {encoder}\n")
    assert told.startswith("r.yaml:4:")
    assert "write hidden: 6, and delete top" in told


def test_a_tokenizer_of_two_sides_is_for_tasks_that_have_two():
    pair = "tokenizer: {kind: pair, target: {kind: characters}}"
    told = message(f"task: tagging\ndata:\n  train: a\n  {pair}\nmodel: {TAGGER}")
    assert told.startswith("r.yaml:4:")
    assert told.endswith("use one of its two sides by itself. [E-RECIPE-32]")


@pytest.mark.parametrize(("several", "head", "right"), [("true", "label", "labels"), ("false", "labels", "label")])
def test_a_head_for_other_labels_is_refused(several, head, right):
    text = (
        f"task: classification\ndata: {{train: a, multi_label: {several}}}\n"
        f"model: {{embed: [{{kind: words}}], encoder: {{kind: lstm}}, head: {{kind: {head}}}}}"
    )
    told = message(text)
    assert told.startswith("r.yaml:3:")
    assert f"the head {head} is not for data.multi_label: {several}. How to mend: use the head {right}, or" in told
    assert told.endswith("[E-RECIPE-23]")


def test_what_a_linear_model_can_do_it_may():
    assert of("task: classification\ndata: {train: a, multi_label: true}\nmodel: {kind: linear}")


def test_head_and_tail_are_not_for_tags():
    told = message(f"task: tagging\ndata:\n  train: a\n  over_limit: head-tail\nmodel: {TAGGER}")
    assert told.startswith("r.yaml:4:")
    assert "data.over_limit: head-tail would leave tokens without a tag. How to mend: write windows" in told
    assert of(f"task: classification\ndata: {{train: a, over_limit: head-tail}}\nmodel: {CLASSIFIER}")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("groups: {a: [x, y], b: [y]}", "a label stands in two of the groups"),
        ("groups: {a: [x], b: [y]}, multi_label: true", "groups need exactly one label"),
    ],
)
def test_groups_that_mean_nothing_are_refused(data, why):
    assert why in message(f"task: classification\ndata: {{train: a, {data}}}\nmodel: {CLASSIFIER}")


def test_a_scheme_to_learn_must_fit_the_tags():
    from seqweave.data.corpus import Corpus
    from seqweave.data.examples import TaggedExample

    def settled(tags, **data):
        example = TaggedExample("a b", ("a", "b"), (0, 2), (1, 3), tags)
        recipe = recipe_of({"task": "tagging", "data": {"train": "a", **data}, "model": yaml(TAGGER)})
        return recipe.data.build().settled(Corpus.of(TaggedExample, [example] * 3))

    assert settled(("B-X", "I-X")).learned == "bioes"
    assert settled(("B-X", "I-X"), learn_scheme="iob1").learned == "iob1"
    assert settled(("N", "V")).learned == "none"
    for tags, scheme in ((("N", "V"), "bioes"), (("B-X", "I-X"), "none")):
        with pytest.raises(RecipeError, match=r"data\.learn_scheme is"):
            settled(tags, learn_scheme=scheme)


def yaml(text):
    return parse(f"x: {text}".encode(), "x").values["x"]


def test_the_watched_metric_is_one_of_the_task():
    text = f"task: tagging\ndata: {{train: a, scheme: iob2}}\nmodel: {TAGGER}\ntraining: {{stop: {{metric: %s}}}}"
    recipe = of(text % "recall")
    assert watched(recipe, recipe.data.build()) == "recall"
    without = recipe.model_copy(update={"training": TrainingConfig()})
    assert watched(without, recipe.data.build()) == "f1"
    facts = of(
        "task: language-modelling\ndata: {train: a}\nmodel: {encoder: {kind: gru}, embed: {}}\n"
        "training: {stop: {metric: unknown}}"
    )
    with pytest.raises(RecipeError, match=r"no metric 'unknown'.*one of: perplexity.*E-TRAIN-03"):
        watched(facts, facts.data.build())
    recipe = of(text % "f2")
    with pytest.raises(RecipeError, match=r"no metric 'f2'.*one of: f1, .*E-TRAIN-03"):
        watched(recipe, recipe.data.build())
