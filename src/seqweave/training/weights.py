"""A network's tensors as bytes: safetensors in name order, without metadata, so that equal weights are equal bytes."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from seqweave.core.errors import DataError, Place
from seqweave.core.json_text import parse_json

HEADER_LIMIT = 1 << 20
_DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.bfloat16: "BF16",
    torch.float16: "F16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def weights(model: nn.Module) -> dict[str, Tensor]:
    """Every parameter and buffer that is saved, by name, in name order; of tied ones only the first name."""
    shared = ties(model)
    state = model.state_dict()
    return {name: state[name] for name in sorted(state) if name not in shared}


def ties(model: nn.Module) -> dict[str, str]:
    """Names that hold the same storage as an earlier name: later name to earlier name, for the model's config."""
    first: dict[tuple[int, torch.Size, tuple[int, ...]], str] = {}
    shared = {}
    for name, tensor in sorted(model.state_dict().items()):
        if tensor.numel():
            owner = first.setdefault((tensor.data_ptr(), tensor.shape, tensor.stride()), name)
            if owner != name:
                shared[name] = owner
    return shared


def to_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    """Tensors as one safetensors file."""
    data: bytes = save({name: tensors[name].detach().cpu().contiguous() for name in sorted(tensors)})
    return data


def from_bytes(data: bytes, place: Place) -> dict[str, Tensor]:
    """The tensors of a safetensors file.

    Raises:
        DataError: if it is not one.
    """
    try:
        tensors: dict[str, Tensor] = load(data)
    except SafetensorError as error:
        raise _damaged(str(error), place) from error
    return tensors


def fill(model: nn.Module, data: bytes, place: Place) -> None:
    """Set a model's weights from a file that holds exactly them; the header is compared before any tensor is read.

    Raises:
        DataError: if names, shapes or number formats differ, or a weight is not finite; the model is unchanged.
    """
    expected = weights(model)
    found = _header(data, place)
    wanted = {name: {"dtype": _DTYPES[t.dtype], "shape": list(t.shape)} for name, t in expected.items()}
    for name in sorted(set(wanted) | set(found)):
        if wanted.get(name) != found.get(name):
            what = f"tensor {name!r} is {_shown(found.get(name))} there, and {_shown(wanted.get(name))} in the network"
            raise DataError("E-WEIGHTS-02", what, mend="use the config.json it was saved with", place=place)
    tensors = from_bytes(data, place)
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise DataError("E-WEIGHTS-03", f"tensor {name!r} holds NaN or infinity", place=place)
    with torch.no_grad():
        for name, target in expected.items():
            target.copy_(tensors[name])


def _header(data: bytes, place: Place) -> dict[str, dict[str, Any]]:
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else HEADER_LIMIT + 1
    if length > min(HEADER_LIMIT, len(data) - 8):
        raise _damaged("its header is longer than the file, or than 1 MB", place)
    header = parse_json(data[8 : 8 + length], place)
    if not isinstance(header, dict) or not all(isinstance(entry, dict) for entry in header.values()):
        raise _damaged("its header is not a table of tensors", place)
    return {name: {"dtype": e.get("dtype"), "shape": e.get("shape")} for name, e in header.items()}


def _shown(entry: Mapping[str, Any] | None) -> str:
    return f"{entry['dtype']} {entry['shape']}" if entry else "missing"


def _damaged(what: str, place: Place) -> DataError:
    return DataError("E-WEIGHTS-01", f"not a safetensors file: {what}", mend="fetch or train it again", place=place)
