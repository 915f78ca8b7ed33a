"""A shipped poster that is set to another size in the editor can be read in that size."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.posters import reading

from contenthub.errors import Invalid
from contenthub.posters import crowding, editing, proof, rehearsal
from contenthub.posters.sizes import SIZES
from contenthub.posters.starters import starters
from contenthub.posters.template import check, sheet, structured
from contenthub.web.pages import STATIC

_CONVERT = """import fs from "node:fs";
import { resized } from "./poster-sizing.js";
const { designs, sizes } = JSON.parse(fs.readFileSync("in.json")), made = {};
for (const [code, design] of Object.entries(designs))
  for (const [name, size] of Object.entries(sizes)) made[`${code}.${name}`] = resized(design, size);
fs.writeFileSync("out.json", JSON.stringify(made));
"""
UPRIGHT_CARDS = {"name-card.moments", "name-card.a4"}
"""A business card made a poster: its mandatory text grows onto the hotline; the editor says so."""


def test_every_shipped_poster_in_every_size_has_texts_and_codes_that_are_read(
    tmp_path: Path,
) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("没有找到 node")
    for script in STATIC.glob("poster-*.js"):
        shutil.copy(script, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "convert.mjs").write_text(_CONVERT)
    designs = {
        code: editing.starter_layers(
            code, kind="right" if found.topic == "life" else "product", topic=found.topic
        )
        for code, found in starters().items()
    }
    sizes = {name: size._asdict() for name, size in SIZES.items()}
    (tmp_path / "in.json").write_text(json.dumps({"designs": designs, "sizes": sizes}))
    subprocess.run([node, "convert.mjs"], cwd=tmp_path, check=True)
    (who,) = reading.crowd(1)
    wrong = {}
    for code, made in json.loads((tmp_path / "out.json").read_text()).items():
        template = structured(made)
        found = rehearsal.text_faults(template, reading.VALUES)
        found |= crowding.faults(template, reading.VALUES, who)
        found |= proof.small_codes(sheet(template), who)
        try:
            check(template)
        except Invalid as refused:
            found |= refused.fields
        if found:
            wrong[code] = found
    assert set(wrong) <= UPRIGHT_CARDS, wrong
