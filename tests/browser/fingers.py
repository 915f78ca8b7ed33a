"""Fingers on a touch screen: real touch events, which scroll, drag and pinch as a hand does."""

from collections.abc import Sequence

from playwright.async_api import Page

Point = tuple[float, float]
FRAMES, FRAME_MS = 10, 16


async def moved(page: Page, *fingers: tuple[Point, Point]) -> None:
    """Put each finger down where its way begins, move all to the ends, and lift them."""
    touching = await page.context.new_cdp_session(page)

    async def send(kind: str, at: Sequence[Point]) -> None:
        points = [{"x": x, "y": y} for x, y in at]
        await touching.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    await send("touchStart", [start for start, _ in fingers])
    for frame in range(1, FRAMES + 1):
        share = frame / FRAMES
        await send(
            "touchMove",
            [(x + (to_x - x) * share, y + (to_y - y) * share) for (x, y), (to_x, to_y) in fingers],
        )
        await page.wait_for_timeout(FRAME_MS)
    await send("touchEnd", [])
