"""All settings of one process, read once from the environment, frozen afterwards."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from contenthub.errors import Invalid

PREFIX = "CONTENTHUB_"
PUBLIC_URL_MAX_CHARS = 75
"""With `/s/` and a code of twelve characters, in capitals, it is a version 4-M QR code: 8 px a
module in the 328 px that posters give it (tests/posters/test_qr.py)."""

CDN_CACHE_LEAST_SECONDS, CDN_CACHE_MOST_SECONDS = 60, 31_536_000
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._/-]*)?")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every knob of a process; defaults are what `contenthub up` uses.

    Names map to `CONTENTHUB_<NAME>`; a secret may also come from the file named by
    `CONTENTHUB_<NAME>_FILE`. Each field is explained in docs/reference/settings.md.
    """

    database_url: str = ""
    """`postgresql+asyncpg://…` of the app role; empty = embedded engine of `data_dir`."""
    platform_database_url: str = ""
    """The platform role's URL (cross-bank work of the worker and the operator)."""
    owner_database_url: str = ""
    """The owner-migrator's URL; only `migrate` and `up` use it."""
    redis_url: str = ""
    """`redis://` or `unix://`; empty = embedded Valkey of `data_dir`."""
    storage_url: str = ""
    """`file:///dir` or `s3://bucket?endpoint=…&region=…`; empty = `data_dir`/objects."""
    storage_access_key: str = field(default="", repr=False)
    storage_secret_key: str = field(default="", repr=False)
    cdn_url: str = ""
    """Where browsers find published posters (a CDN before the public store); empty = none."""
    cdn_storage_url: str = ""
    """The public store: `s3://bucket/prefix?endpoint=…` or `file:///dir`; never `storage_url`."""
    cdn_access_key: str = field(default="", repr=False)
    """Its keys; empty = those of `storage_url`."""
    cdn_secret_key: str = field(default="", repr=False)
    cdn_cache_seconds: int = 600
    """How long CDN and phones may keep a published file, so how long a removed one may be seen."""
    data_dir: Path = Path("data")
    postgres_bin: str = ""
    """Directory of `initdb` and `postgres`; empty = the embedded package, then the system's."""
    valkey_bin: str = ""
    """A Valkey or Redis server program; empty = the embedded package, then the PATH."""
    public_url: str = "http://127.0.0.1:8080"
    """Base of links and QR codes, without a slash at the end; at most 75 characters."""
    host: str = "127.0.0.1"
    port: int = 8080
    master_key: str = field(default="", repr=False)
    """32 bytes as 64 hex digits: wraps every bank's data keys and the root of its other keys."""
    master_key_old: str = field(default="", repr=False)
    """The master key before, while `contenthub keys rewrap` replaces it; else empty."""
    secure_cookies: bool = False
    """True behind HTTPS: `__Host-` cookie names with the Secure attribute, HSTS."""
    trusted_proxies: str = ""
    """Comma-separated addresses whose X-Forwarded-For is believed."""
    platform_console: bool = False
    """Serve the operators' own console at /platform; needs `platform_database_url`."""
    pool_size: int = 8
    sweep_seconds: float = 1.0
    """How often a worker looks into PostgreSQL for due work (never above 15)."""
    lease_seconds: int = 60
    """A claimed send is somebody's for this long; longer than any channel call."""
    quarantine_seconds: int = 90
    """After its lease an unrecorded send rests this long before it is reconciled."""
    batch_size: int = 1000
    """Recipients of one employee in one send job (WeCom takes at most 10,000)."""
    wecom_base_url: str = "https://qyapi.weixin.qq.com"
    """Only for banks without a base URL of their own; `up --demo` uses the sandbox."""
    wecom_minute_calls: int = 10_000
    """WeCom's limit per corp and API path in a minute; we keep to 80 % of it."""
    wecom_hour_calls: int = 150_000
    """The same in an hour."""
    upload_max_bytes: int = 10 * 1024 * 1024
    import_max_bytes: int = 200 * 1024 * 1024
    antivirus_url: str = ""
    """clamd: `tcp://host:3310` or `unix:///run/clamav/clamd.ctl`; empty = files are not scanned."""
    antivirus_seconds: int = 120
    """How long one file's scan may take before the file counts as not scanned."""
    asset_trash_days: int = 30
    """How long a deleted file can be restored before it is collected."""
    asset_unused_days: int = 0
    """A file that nothing has named for so long goes to the waste basket; 0 = never by itself."""
    session_idle_seconds: int = 30 * 60
    session_absolute_seconds: int = 12 * 3600
    api_person_per_minute: int = 6000
    """API calls of one signed-in person in a minute; 0 = no limit. Keys have their own."""
    api_stranger_per_minute: int = 600
    """API calls of one network that nobody signed in from (log-in among them); 0 = no limit."""
    webhook_allow_http: bool = False
    """Whether events may go to plain http:// addresses: for a sandbox, never in production."""
    webhook_allow_networks: str = ""
    """Comma-separated networks inside the bank's house that events may go to, any port."""
    log_level: str = "INFO"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Return the settings named by `env` (default: the process's environment).

        Raises:
            Invalid: a value cannot be read as its type, or a secret's file is missing.
        """
        env = os.environ if env is None else env
        values: dict[str, object] = {}
        for f in fields(cls):
            raw = _raw(env, PREFIX + f.name.upper())
            if raw is not None:
                values[f.name] = _parse(f.name, raw, f.type)
        _check_address(str(values.get("public_url", "")))
        made = cls(**values)  # type: ignore[arg-type]  # each value was parsed as its field's type
        _check_cdn(made)
        return made

    def redacted(self) -> dict[str, str]:
        """Return the settings as text with secrets and URL passwords hidden."""
        shown: dict[str, str] = {}
        for f in fields(self):
            value = str(getattr(self, f.name))
            if not f.repr and value:
                value = "******"
            elif "://" in value and "@" in value:
                scheme, rest = value.split("://", 1)
                value = f"{scheme}://******@{rest.rsplit('@', 1)[1]}"
            shown[f.name] = value
        return shown


def _check_address(public_url: str) -> None:
    if len(public_url) > PUBLIC_URL_MAX_CHARS:
        raise Invalid.of(
            PREFIX + "PUBLIC_URL",
            f"对外网址有 {len(public_url)} 个字符，最多 {PUBLIC_URL_MAX_CHARS} 个："
            "再长，员工海报上的二维码转发后就扫不出来。请换一个短些的域名",
        )


def _check_cdn(settings: "Settings") -> None:
    url, store = settings.cdn_url, settings.cdn_storage_url
    wrong: dict[str, str] = {}
    if url and not _ADDRESS.fullmatch(url):
        wrong["CDN_URL"] = (
            "应为 https:// 开头的网址，不带问号，例如 https://cdn.example.com/posters"
        )
    if url and not store:
        wrong["CDN_STORAGE_URL"] = "设置了 CDN_URL，还要写明海报文件放在哪个公开的桶或目录"
    if store and not url:
        wrong["CDN_URL"] = "设置了 CDN_STORAGE_URL，还要写明浏览器从哪个网址打开这些文件"
    if store and _place(store) == _place(settings.storage_url):
        wrong["CDN_STORAGE_URL"] = "不能与 STORAGE_URL 是同一个桶或目录：那里有客户名单等文件"
    if not CDN_CACHE_LEAST_SECONDS <= settings.cdn_cache_seconds <= CDN_CACHE_MOST_SECONDS:
        most = CDN_CACHE_MOST_SECONDS
        wrong["CDN_CACHE_SECONDS"] = f"应在 {CDN_CACHE_LEAST_SECONDS} 到 {most} 秒之间"
    if wrong:
        raise Invalid(fields={PREFIX + name: why for name, why in wrong.items()})


def _place(store_url: str) -> str:
    """Return the bucket or directory of a store's URL; a folder within a bucket is that bucket."""
    parts = urlsplit(store_url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') if not parts.netloc else ''}"


def _raw(env: Mapping[str, str], name: str) -> str | None:
    if (path := env.get(name + "_FILE")) is not None:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Invalid.of(name + "_FILE", f"读不到文件 {path}：{error.strerror}") from error
    return env.get(name)


def _parse(name: str, raw: str, kind: object) -> object:
    text = raw.strip()
    try:
        if kind in (int, "int"):
            return int(text)
        if kind in (float, "float"):
            return float(text)
    except ValueError as error:
        raise Invalid.of(PREFIX + name.upper(), f"应为数字，现在是“{text}”") from error
    if kind in (bool, "bool"):
        if text.lower() not in ("1", "0", "true", "false", "yes", "no", ""):
            raise Invalid.of(PREFIX + name.upper(), f"应为 true 或 false，现在是“{text}”")
        return text.lower() in ("1", "true", "yes")
    if kind in (Path, "Path"):
        return Path(text)
    return text
