"""How much each label counts in the loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

Weight = Annotated[float, Field(gt=0, le=1e6)]
ClassWeights = Literal["equal", "balanced"] | dict[str, Weight]


def label_weights(
    wanted: ClassWeights, counts: Mapping[str, int], examples: int, *, multi_label: bool
) -> tuple[float, ...]:
    """The weight of each label, in the order of `counts`.

    Where a text has one label, it weighs the texts with that label (`torch.nn.CrossEntropyLoss(weight=...)`). Where it
    may have several, it weighs a label's yes against its no (`torch.nn.BCEWithLogitsLoss(pos_weight=...)`).

    Args:
        wanted: equal; balanced, so that all labels (or each label's yes and no) count alike in all; or by label, 1 for
            those not named.
        counts: in how many training examples each label is gold, at least 1.
        examples: number of training examples.
        multi_label: whether a text may have several labels.

    Example:
        >>> label_weights("balanced", {"ham": 6, "spam": 2}, 8, multi_label=True)
        (0.3333333333333333, 3.0)
    """
    if not isinstance(wanted, str):
        return tuple(wanted.get(label, 1.0) for label in counts)
    if wanted == "equal":
        return (1.0,) * len(counts)
    if multi_label:
        # a label that all texts have keeps a little weight, or it would never be learned
        return tuple(max(examples - count, 1) / count for count in counts.values())
    return tuple(examples / (len(counts) * count) for count in counts.values())
