"""`contenthub import`: a file into a bank from the command line."""

import asyncio
import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select, text

from contenthub import cli_import
from contenthub.customers.demo import write_customers
from contenthub.customers.models import Customer
from contenthub.db import TenantId
from contenthub.errors import Conflict, Invalid, NotFound
from contenthub.settings import Settings
from contenthub.web.house import close_house, make_house
from tests.make import make_bank, make_branch, make_staff


def _file(folder: Path, *, bad_share: float = 0.0) -> Path:
    path = folder / "客户.csv"
    seats = [("", "")]
    write_customers(path, count=60, branches=seats, employees=[], seed=5, bad_share=bad_share)
    return path


async def _bank(settings: Settings, *roles: str) -> tuple[str, TenantId]:
    house = make_house(settings)
    try:
        tenant = await make_bank(house.database)
        async with house.database.unit_of_work(tenant) as db:
            await make_staff(db, await make_branch(db, kind="head"), *roles)
        async with house.database.platform_unit_of_work() as platform:
            rows = await platform.execute(
                text("select slug from banks where id = :t"), {"t": tenant}
            )
            return str(rows.scalar_one()), tenant
    finally:
        await close_house(house)


async def _customers(settings: Settings, tenant: TenantId) -> int:
    house = make_house(settings)
    try:
        async with house.database.reading(tenant) as db:
            return await db.scalar(select(func.count()).select_from(Customer)) or 0
    finally:
        await close_house(house)


def _quiet(_line: str) -> None:
    return None


def test_a_trial_writes_nothing_and_a_load_writes_everybody_once(
    settings: Settings, tmp_path: Path
) -> None:
    slug, tenant = asyncio.run(_bank(settings, "bank_admin"))
    path = _file(tmp_path)

    def load(dry_run: bool) -> dict[str, object]:
        return cli_import.run(
            settings, "customers", path, bank=slug, dry_run=dry_run, progress=_quiet
        )

    assert load(True)["added"] == 60
    assert asyncio.run(_customers(settings, tenant)) == 0
    assert load(False)["added"] == 60
    assert load(False)["updated"] == 60
    assert asyncio.run(_customers(settings, tenant)) == 60


def test_wrong_rows_end_in_a_file_beside_the_one_given(settings: Settings, tmp_path: Path) -> None:
    slug, _ = asyncio.run(_bank(settings, "bank_admin"))
    path = _file(tmp_path, bad_share=0.5)
    result = cli_import.run(settings, "customers", path, bank=slug, dry_run=True, progress=_quiet)
    errors = Path(str(result["errors_file"]))
    assert errors.parent == tmp_path
    lines = errors.read_text("utf-8-sig").splitlines()[1:]
    assert sum(",未导入," in line for line in lines) == result["failed"] > 10
    assert sum(",提示,手机号," in line for line in lines) == result["repeated"] > 0


def test_refusals_name_the_argument_and_the_fix(settings: Settings, tmp_path: Path) -> None:
    path = _file(tmp_path)
    with pytest.raises(Invalid) as refused:
        cli_import.run(settings, "tags", path, bank="x", dry_run=True, progress=_quiet)
    assert "customers" in refused.value.fields["KIND"]
    with pytest.raises(NotFound, match="bank list"):
        cli_import.run(settings, "customers", path, bank="nowhere", dry_run=True, progress=_quiet)
    slug, _ = asyncio.run(_bank(settings, "employee"))
    with pytest.raises(Conflict, match="管理员"):
        cli_import.run(settings, "customers", path, bank=slug, dry_run=True, progress=_quiet)


def test_a_staff_list_comes_with_its_photos(settings: Settings, tmp_path: Path) -> None:
    slug, _ = asyncio.run(_bank(settings, "bank_admin"))
    path, photos = tmp_path / "员工.csv", tmp_path / "照片.zip"
    path.write_text("工号,姓名,机构\nA001,张伟,城关支行\n", "utf-8")
    held = io.BytesIO()
    Image.new("RGB", (400, 400), "#88aacc").save(held, "JPEG")
    with zipfile.ZipFile(photos, "w") as archive:
        archive.writestr("A001.jpg", held.getvalue())

    def load() -> dict[str, object]:
        return cli_import.run(
            settings, "staff", path, bank=slug, dry_run=False, progress=_quiet, photos=photos
        )

    first, second = load(), load()
    assert (first["added"], first["photos"], first["failed"]) == (1, 1, 0)
    assert (second["added"], second["same"]) == (0, 1)
    with pytest.raises(Invalid, match="照片包"):
        cli_import.run(
            settings,
            "customers",
            path,
            bank=slug,
            dry_run=True,
            progress=_quiet,
            photos=photos,
        )
