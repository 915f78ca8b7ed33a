"""Idea: templates of stored revisions, read once a version.

Reading and checking one costs 3 ms of CPU (docs/benchmarks.md has the machine), and a single
request for a poster needs it more than once.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from contenthub.posters.template import Template, parse

KEPT = 500
_read: OrderedDict[str, Template] = OrderedDict()


def read(hash_hex: str, layers: Mapping[str, Any]) -> Template:
    """Return the checked template of a revision; its `hash_hex` covers its layers.

    Raises `Invalid` as `template.parse`, every time anew.
    """
    found = _read.get(hash_hex)
    if found is None:
        found = _read[hash_hex] = parse(dict(layers))
        while len(_read) > KEPT:
            _read.popitem(last=False)
    else:
        _read.move_to_end(hash_hex)
    return found
