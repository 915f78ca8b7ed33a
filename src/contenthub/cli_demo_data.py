"""`contenthub demo-data`: made-up files to try the imports with."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contenthub import cli_demo, cli_operate
from contenthub.customers.demo import write_customers
from contenthub.library.itemdemo import write_items
from contenthub.settings import Settings


def customers_file(
    settings: Settings, out: Path, count: int, *, bad_share: float, slug: str, seed: int
) -> dict[str, Any]:
    """Write a file of customers and return what the command tells of it."""
    seats = asyncio.run(cli_operate.seats(settings, slug)) if slug else cli_demo.seats()
    write_customers(
        out,
        count=count,
        branches=seats.branches,
        employees=list(seats.home),
        home=seats.home,
        seed=seed,
        bad_share=bad_share,
    )
    return {"file": out, "customers": count, "bytes": out.stat().st_size}


def items_file(out: Path, count: int, *, bad_share: float, seed: int) -> dict[str, Any]:
    """Write a workbook of items and return what the command tells of it."""
    day = datetime.now(UTC).date()
    write_items(out, count=count, on=day, seed=seed, bad_share=bad_share)
    return {"file": out, "items": count, "bytes": out.stat().st_size}
