"""Plain values written as readable YAML 1.2 that `nodes.parse` reads back to equal values."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode
from ruamel.yaml.representer import SafeRepresenter

from seqweave.core.nodes import Plain

WIDTH = 120
BRACES_LIMIT = 4
# Narrower than YAML allows: nothing here can begin a comment, a key or a collection, in any reader.
_PLAIN = re.compile(r"[\w/]([\w ./+-]*[\w./+-])?")


def to_yaml(values: Mapping[str, Plain]) -> str:
    """The values as YAML text, in the order given; the same values give the same text."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Writer
    yaml.allow_unicode, yaml.width = True, WIDTH
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # declared as None, read as a truth value
    out = io.StringIO()
    yaml.dump(dict(values), out)
    return out.getvalue()


class _Writer(SafeRepresenter):
    """Quotes more than YAML asks for, beside the numbers and truths that the library quotes; writes no aliases."""

    def text(self, value: str) -> ScalarNode:
        """A text, in quotes where it needs them."""
        style = None if _PLAIN.fullmatch(value) else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    def represent(self, data: object) -> None:
        """The document, its outermost keys one a line."""
        node = self.represent_data(data)
        node.flow_style = False
        self.serializer.serialize(node)

    def represent_mapping(
        self, tag: object, mapping: Mapping[str, Plain], flow_style: bool | None = None
    ) -> MappingNode:
        node = super().represent_mapping(tag, mapping, flow_style=flow_style)
        if len(mapping) > BRACES_LIMIT:
            node.flow_style = False
        return node

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # the signature is the library's
        """True: no value is written as a reference to another."""
        return True


_Writer.add_representer(str, _Writer.text)
