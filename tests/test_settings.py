"""Settings: defaults, environment, secret files, and errors that name the variable."""

from pathlib import Path

import pytest

from contenthub.errors import Invalid
from contenthub.settings import PREFIX, Settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_env({}) == Settings()


def test_values_are_read_as_their_type() -> None:
    found = Settings.from_env(
        {
            "CONTENTHUB_PORT": " 9000 ",
            "CONTENTHUB_SWEEP_SECONDS": "0.5",
            "CONTENTHUB_SECURE_COOKIES": "yes",
            "CONTENTHUB_DATA_DIR": "/var/lib/hub",
            "OTHER_PORT": "1",
        }
    )
    assert (found.port, found.sweep_seconds, found.secure_cookies) == (9000, 0.5, True)
    assert found.data_dir == Path("/var/lib/hub")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "八千"), ("SWEEP_SECONDS", "soon"), ("SECURE_COOKIES", "maybe")],
)
def test_a_wrong_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(Invalid) as caught:
        Settings.from_env({"CONTENTHUB_" + name: value})
    assert list(caught.value.fields) == ["CONTENTHUB_" + name]
    assert value in caught.value.detail


def test_an_address_too_long_for_a_posters_code_is_refused_at_the_start() -> None:
    fits = "https://" + "a" * 64 + ".cn"
    assert Settings.from_env({"CONTENTHUB_PUBLIC_URL": fits}).public_url == fits
    with pytest.raises(Invalid, match="最多 75 个"):
        Settings.from_env({"CONTENTHUB_PUBLIC_URL": fits + "a"})


def test_a_secret_comes_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("ab" * 32 + "\n", "utf-8")
    found = Settings.from_env({"CONTENTHUB_MASTER_KEY_FILE": str(tmp_path / "key")})
    assert found.master_key == "ab" * 32


def test_a_missing_secret_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="读不到文件"):
        Settings.from_env({"CONTENTHUB_MASTER_KEY_FILE": str(tmp_path / "none")})


def test_neither_repr_nor_redacted_shows_a_secret() -> None:
    made = Settings(
        master_key="11" * 32,
        storage_secret_key="s3cr3t",
        database_url="postgresql+asyncpg://app:pass@db/hub",
    )
    assert "11" * 32 not in repr(made)
    assert "s3cr3t" not in repr(made)
    shown = made.redacted()
    assert shown["master_key"] == "******"
    assert shown["storage_secret_key"] == "******"
    assert shown["database_url"] == "postgresql+asyncpg://******@db/hub"
    assert shown["port"] == "8080"


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings().port = 1  # type: ignore[misc]  # that it cannot is what is tested


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"CDN_URL": "https://cdn.example.com"}, "CDN_STORAGE_URL"),
        ({"CDN_STORAGE_URL": "s3://open?endpoint=http://s3"}, "CDN_URL"),
        ({"CDN_URL": "cdn.example.com", "CDN_STORAGE_URL": "s3://open"}, "CDN_URL"),
        # Another folder of the same bucket is the same bucket: customers' files lie there.
        (
            {
                "CDN_URL": "https://cdn.example.com",
                "CDN_STORAGE_URL": "s3://hub/posters?endpoint=http://s3",
                "STORAGE_URL": "s3://hub?endpoint=http://s3",
            },
            "CDN_STORAGE_URL",
        ),
        ({"CDN_CACHE_SECONDS": "5"}, "CDN_CACHE_SECONDS"),
    ],
)
def test_a_public_store_half_configured_or_that_of_everything_is_refused_by_name(
    said: dict[str, str], named: str
) -> None:
    with pytest.raises(Invalid) as refused:
        Settings.from_env({PREFIX + name: value for name, value in said.items()})
    assert list(refused.value.fields) == [PREFIX + named]
