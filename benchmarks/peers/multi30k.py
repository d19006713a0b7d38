"""Multi30k as both contestants read it, and one network for both: the same pieces, batches, weights, loss and search.

The network is JoeyNMT's, which ours contains: a BiLSTM, and an LSTM with Luong's attention and input feeding, nothing
tied, no dropout. JoeyNMT ends each source by a mark and starts both states of its decoder alike; so ours reads a mark
there, too, and the two halves of its first states' weights get one gradient. So weights can be handed over, both begin
alike, and must have the same loss at every update.
"""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seqweave.core.files import write_text
from seqweave.data.tokenizers.bpe import BPEConfig
from seqweave.data.tokenizers.contract import Tokenizer
from seqweave.models.translator import Translator, TranslatorConfig
from seqweave.parts.decoders.attention import AttentionDecoder
from seqweave.recipes.material import gather
from seqweave.tasks.text_codec import TextCodec
from seqweave.tasks.text_dataset import TextDataset
from seqweave.tasks.translation import TranslationData
from seqweave.training.configuration import TrainingConfig
from seqweave.training.contract import Draw, Portion
from seqweave.training.devices import Devices
from seqweave.training.step import GradientStep

SIDES = ("en", "de")
FILES = {"train": "train.lc.norm.tok", "dev": "val.lc.norm.tok", "test": "test_2016_flickr.lc.norm.tok"}
PIECES, BATCH, DIM, ENCODER, HIDDEN = 8000, 64, 256, 256, 512
RATE, CLIP, SMOOTHING = 1e-3, 1.0, 0.1
BEAM, ALPHA, LONGEST = 5, 0.6, 60
TEST = 200
"""Sentences of the test part that are translated."""
MARK = "<source-end>"
"""What ours reads where JoeyNMT reads its mark of the end."""

Pairs = list[tuple[str, ...]]


def pairs(data: Path, part: str) -> Pairs:
    """The sentences of a part, both sides of each; those to train on in an order at random."""
    found = list(zip(*(_lines(data / f"{FILES[part]}.{side}") for side in SIDES), strict=True))
    if part == "train":
        random.Random(1).shuffle(found)
    return found[:TEST] if part == "test" else found


def hand_over(data: Path, folder: Path) -> Tokenizer:
    """Write the pieces of every part as two files for JoeyNMT, `theirs`, and two for ours; what joins them again."""
    parts = {part: pairs(data, part) for part in FILES}
    tokenizer = BPEConfig(vocab_size=PIECES).fit(parts["train"])
    for part, sentences in parts.items():
        for number, side in enumerate(SIDES):
            lines = [" ".join(tokenizer.split(sentence[number]).words) for sentence in sentences]
            write_text(folder / f"{part}.theirs.{side}", "".join(f"{line}\n" for line in lines))
            mark = f" {MARK}" if number == 0 else ""
            write_text(folder / f"{part}.ours.{side}", "".join(f"{line}{mark}\n" for line in lines))
    return tokenizer


@dataclass
class Ours:
    """Our contestant: the network in training, and what it reads."""

    codec: TextCodec
    parts: dict[str, TextDataset]
    model: Translator
    step: GradientStep
    done: int = 0
    """Batches that were trained on."""

    @classmethod
    def begin(cls, folder: Path, feeding: bool = True) -> Ours:
        """Ready to train on what `hand_over` wrote."""
        given = {"train": "train.ours", "dev": "test.ours", "cache": "off", "vocabulary": "joint"}
        sides = {"format": "parallel", "source": SIDES[0], "target": SIDES[1], "bleu_tokenizer": "none"}
        material = gather(TranslationData.model_validate(given | sides | {"tokenizer": {"kind": "spaces"}}), folder, 1)
        config = network(feeding)
        codec = material.task.fit(material.parts["train"], config.features(), material.tokenizer)
        torch.manual_seed(1)
        model = config.build(codec.sizes)
        _as_theirs(model)
        parts = {"train": codec.encode(material.parts["train"]), "test": codec.encode(material.parts["dev"])}
        return cls(codec, parts, model, _fresh_step(model))

    def train(self, updates: int) -> list[float]:
        """Train on the next batches; the loss of each, by token."""
        self.model.train()
        whole = len(self.parts["train"].corpus) // BATCH
        losses = []
        for _ in range(updates):
            first = self.done % whole * BATCH
            rows = np.arange(first, first + BATCH)
            sums = self.step([Portion(Draw("train", rows), self.parts["train"].batch(rows))], RATE)
            losses.append(sums.total / sums.count)
            self.done += 1
        return losses

    def tokens(self, first: int, last: int) -> int:
        """Target tokens of some batches, the marks of the end among them."""
        lengths = self.parts["train"].writing.target.ids.lengths[first * BATCH : last * BATCH]
        return int(lengths.sum()) + len(lengths)

    @torch.inference_mode()
    def translate(self) -> list[str]:
        """The translations of the test part, batch by batch: pieces at spaces."""
        self.model.eval()
        test, texts = self.parts["test"], list[str]()
        for rows in np.array_split(np.arange(TEST), range(BATCH, TEST, BATCH)):
            batch = test.batch(rows)
            texts += [answer.text for answer in self.codec.answers(self.model.predict(batch), batch)]
        return texts

    def weigh(self, path: Path) -> None:
        """Write our weights as JoeyNMT's, and forget the gradients that were: both begin anew at equal weights."""
        self.step = _fresh_step(self.model)
        arrays = {name: value.detach().numpy() for name, value in _their_weights(self.model, self.codec).items()}
        np.savez(path, **arrays)


def _fresh_step(model: Translator) -> GradientStep:
    training = {"learning_rate": RATE, "schedule": "constant", "clip": CLIP}
    return GradientStep(model, TrainingConfig.model_validate(training), Devices(cpu=True))


def network(feeding: bool) -> TranslatorConfig:
    """The settings of our network."""
    decoder = {"kind": "attention", "hidden": HIDDEN, "input_feeding": feeding}
    search = {"kind": "beam", "size": BEAM, "normalise": "gnmt", "alpha": ALPHA}
    return TranslatorConfig.model_validate(
        {
            "embed": [{"kind": "tokens", "dim": DIM, "scale": 0.1}],
            "encoder": {"kind": "lstm", "hidden": ENCODER},
            "target_embed": {"dim": DIM},
            "decoder": decoder,
            "output": {"kind": "softmax", "smoothing": SMOOTHING},
            "tie": "none",
            "search": search,
            "longest": {"ratio": 0, "extra": LONGEST},
        }
    )


def settings(folder: Path, words: tuple[str, ...]) -> dict[str, Any]:
    """JoeyNMT's settings: those of the same network, batches, optimizer and search."""
    write_text(folder / "vocabulary.txt", "".join(f"{word}\n" for word in ("<unk>", "<pad>", "<s>", "</s>", *words)))
    side = {"level": "word", "voc_file": str(folder / "vocabulary.txt"), "max_length": 1000}
    embeddings = {"embedding_dim": DIM}
    recurrent = {"type": "recurrent", "rnn_type": "lstm", "num_layers": 1, "embeddings": embeddings, "dropout": 0.0}
    encoder = recurrent | {"hidden_size": ENCODER, "bidirectional": True}
    decoder = recurrent | {"hidden_size": HIDDEN, "attention": "luong", "input_feeding": True, "init_hidden": "bridge"}
    optimizer = {"optimizer": "adam", "learning_rate": RATE, "scheduling": "exponential", "clip_grad_norm": CLIP}
    batches = {"batch_size": BATCH, "normalization": "tokens", "label_smoothing": SMOOTHING, "shuffle": False}
    search = {"batch_size": BATCH, "beam_size": BEAM, "beam_alpha": ALPHA, "max_output_length": LONGEST}
    return {
        "name": "race",
        "model_dir": str(folder / "joeynmt"),
        "use_cuda": False,
        "data": {
            **{part: str(folder / f"{part}.theirs") for part in FILES},
            "src": side | {"lang": SIDES[0]},
            "trg": side | {"lang": SIDES[1]},
        },
        "model": {"encoder": encoder, "decoder": decoder},
        "training": optimizer | batches,
        "testing": search | {"generate_unk": False},
    }


def _as_theirs(model: Translator) -> None:
    """What JoeyNMT's network cannot learn, ours does not: two kinds of first states, and biases of words."""
    model.output.scores.words.bias.requires_grad_(False)
    for parameter in _decoder(model).bridge.project.parameters():
        parameter.data.copy_(_both(parameter.data.chunk(2)[0]))
        parameter.register_hook(lambda gradient: _both(sum(gradient.chunk(2))))


def _both(half: Tensor) -> Tensor:
    return torch.cat([half, half])


def _decoder(model: Translator) -> AttentionDecoder:
    assert isinstance(model.decoder, AttentionDecoder)
    return model.decoder


def _their_weights(model: Translator, codec: TextCodec) -> dict[str, Tensor]:
    """Our weights by JoeyNMT's names; padding and unknown have each other's ids there."""
    decoder, source = _decoder(model), _swapped(model.source.embed.embedders[0].table.weight)
    source[3] = source[codec.known[MARK]]  # what ends a source
    (layer,), (cell,) = model.source.encoder.layers, decoder.below.cells
    found = {
        "src_embed.lut.weight": source,
        "trg_embed.lut.weight": _swapped(model.target.table.weight),
        "decoder.rnn.weight_ih_l0": torch.cat([cell.inputs.weight, decoder.feed.weight], dim=1),
        "decoder.rnn.weight_hh_l0": cell.recurrent.weight,
        "decoder.rnn.bias_ih_l0": cell.inputs.bias,
        "decoder.rnn.bias_hh_l0": cell.recurrent.bias,
        "decoder.att_vector_layer.weight": decoder.combine.weight,
        "decoder.att_vector_layer.bias": decoder.combine.bias,
        "decoder.output_layer.weight": _swapped(model.output.scores.words.weight),
        "decoder.attention.key_layer.weight": decoder.alignment.key.weight,
        "decoder.bridge_layer.weight": decoder.bridge.project.weight.chunk(2)[0],
        "decoder.bridge_layer.bias": decoder.bridge.project.bias.chunk(2)[0],
    }
    for direction, ending in ((layer.forwards, ""), (layer.backwards, "_reverse")):
        found |= {f"encoder.rnn.{name}{ending}": value for name, value in direction.cell.named_parameters()}
    return found


def _swapped(rows: Tensor) -> Tensor:
    return torch.cat([rows[[1, 0]], rows[2:]]).detach()


def _lines(path: Path) -> list[str]:
    packed = path.with_name(f"{path.name}.gz")
    read = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    return read.decode("utf-8").splitlines()
