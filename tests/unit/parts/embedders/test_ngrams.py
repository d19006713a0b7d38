import pytest
import torch

from seqweave.data.sizes import FeatureSize
from seqweave.parts.embedders.ngrams import NgramsEmbedderConfig

FORMS = torch.zeros(2, 3, dtype=torch.long)


@pytest.mark.parametrize("orders", [(2,), (2, 3)])
def test_each_position_gets_the_rows_of_its_ngrams_side_by_side(orders):
    embedder = NgramsEmbedderConfig(dim=4, orders=orders).build({"ngrams": FeatureSize(9)})
    shape = (2, 3, len(orders)) if len(orders) > 1 else (2, 3)
    ids = torch.randint(9, shape, generator=torch.Generator().manual_seed(0))
    found = embedder({"ngrams": ids, "forms": FORMS})
    rows = [embedder.table.weight[ids.view(2, 3, -1)[..., i]] for i in range(len(orders))]
    assert torch.equal(found, torch.cat(rows, dim=2))
    assert embedder.out_dim == 4 * len(orders)
