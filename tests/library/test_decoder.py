"""Strangers' pictures are decoded in a process that may die: ours never does."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from tests.library.hostile_files import encoded, hostile_files, png

from contenthub.errors import Invalid
from contenthub.library import decoder
from contenthub.library.decoder import Decoders, Task
from contenthub.library.intake import Box

RSS_MAX_MB = 300


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    made = Decoders(1)
    yield made
    made.close()


def child_of(decoders: Decoders) -> int:
    (pid,) = decoders.pids()
    return pid


def peak_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    (line,) = [one for one in status.splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) // 1024


async def test_fifty_hostile_files_are_refused_in_chinese_by_one_child_of_300_mb(
    decoders: Decoders,
) -> None:
    files = list(hostile_files())
    assert len(files) >= 50
    for name, data in files:
        with pytest.raises(Invalid) as refused:
            await decoders.run(Task("picture", thumb=True), data)
        told = refused.value.fields["file"]
        assert any(word in told for word in ("请", "支持", "至少")), (name, told)
    assert peak_mb(child_of(decoders)) <= RSS_MAX_MB
    assert decoders.replaced == 0
    fine = await decoders.run(
        Task("picture", thumb=True), encoded(Image.new("RGB", (900, 600)), "PNG")
    )
    assert (fine.width_px, fine.height_px, fine.mime) == (900, 600, "image/jpeg")
    assert 0 < len(fine.thumb) < len(fine.data)


async def test_the_largest_pictures_we_take_fit_into_300_mb(decoders: Decoders) -> None:
    large = encoded(Image.new("RGBA", (5000, 5000), (1, 2, 3, 100)), "PNG", compress_level=1)
    kept = await decoders.run(Task("picture", thumb=True), large)
    assert (kept.width_px, kept.mime) == (5000, "image/png")
    assert peak_mb(child_of(decoders)) <= RSS_MAX_MB


async def test_a_part_is_cut_out_and_one_outside_is_refused(decoders: Decoders) -> None:
    data = encoded(Image.new("RGB", (300, 200), "#3366cc"), "PNG")
    part = await decoders.run(Task("cut", box=Box(10, 20, 100, 80)), data)
    assert (part.width_px, part.height_px) == (100, 80)
    for box in (Box(250, 0, 100, 80), Box(-1, 0, 100, 80), Box(0, 0, 8, 8)):
        with pytest.raises(Invalid) as refused:
            await decoders.run(Task("cut", box=box), data)
        assert "box" in refused.value.fields


async def test_a_child_that_was_killed_is_replaced_and_the_file_after_it_is_kept() -> None:
    decoders = Decoders(1)
    fine = encoded(Image.new("RGB", (60, 60)), "PNG")
    try:
        await decoders.run(Task("picture"), fine)
        first = child_of(decoders)
        os.kill(first, signal.SIGSTOP)  # it answers no more
        working = asyncio.create_task(decoders.run(Task("picture"), fine))
        await asyncio.sleep(0.1)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Invalid) as refused:
            await working
        assert "解不开" in refused.value.fields["file"]
        assert (await decoders.run(Task("picture"), fine)).width_px == 60
        assert child_of(decoders) != first
        assert decoders.replaced == 1
    finally:
        decoders.close()


async def test_a_file_that_takes_too_long_ends_its_child() -> None:
    decoders = Decoders(1, seconds_max=0.0)
    try:
        with pytest.raises(Invalid):
            await decoders.run(Task("picture"), encoded(Image.new("RGB", (60, 60)), "PNG"))
        assert decoders.replaced == 1
    finally:
        decoders.close()


async def test_a_child_without_memory_refuses_the_file_and_goes_on() -> None:
    decoders = Decoders(1, memory_bytes=130 * 1024 * 1024)
    try:
        with pytest.raises(Invalid) as refused:
            large = encoded(Image.new("RGB", (4900, 4900)), "PNG")
            await decoders.run(Task("picture"), large)
        assert "解不开" in refused.value.fields["file"]
        fine = encoded(Image.new("RGB", (60, 60)), "PNG")
        assert (await decoders.run(Task("picture"), fine)).width_px == 60
    finally:
        decoders.close()


async def test_a_fault_of_ours_is_no_refusal(decoders: Decoders) -> None:
    with pytest.raises(decoder.DecoderFailed):
        await decoders.run(Task("logo", side_px=-5), encoded(Image.new("RGB", (60, 60)), "PNG"))


def test_png_of_the_test_files_has_right_checksums() -> None:
    assert png((b"IEND", b"")).endswith(b"IEND\xaeB`\x82")
