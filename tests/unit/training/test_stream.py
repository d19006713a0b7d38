import numpy as np

from seqweave.core.errors import Place
from seqweave.training.contract import Draw
from seqweave.training.stream import TaskStream


def stream(toy, seed=1):
    return TaskStream("toy", toy.ToyDataset(), toy.config(seed=seed), lambda row: Place("toy.csv", row + 1))


def rows_of(draws):
    return [draw.rows.tolist() for draw in draws]


def test_an_epoch_holds_every_row_once(toy):
    draws = stream(toy).epoch(3)
    assert sorted(row for rows in rows_of(draws) for row in rows) == list(range(40))
    assert {draw.name for draw in draws} == {"toy"}


def test_the_order_depends_on_seed_and_epoch_alone(toy):
    used = stream(toy)
    used.epoch(0)
    assert rows_of(used.epoch(1)) == rows_of(stream(toy).epoch(1))
    assert rows_of(used.epoch(1)) != rows_of(used.epoch(2))
    assert rows_of(used.epoch(1)) != rows_of(stream(toy, seed=2).epoch(1))


def test_batch_tokens_and_places_belong_to_the_rows(toy):
    one, draw = stream(toy), Draw("toy", np.array([4, 2]))
    data = toy.ToyDataset()
    assert one.batch(draw).rows.tolist() == [4, 2]
    assert one.tokens(draw) == data.lengths[4] + data.lengths[2]
    assert [str(place) for place in one.places(draw)] == ["toy.csv:5", "toy.csv:3"]
