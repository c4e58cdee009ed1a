import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloud.kit import settings as module
from cloud.kit.database_url import normalize_database_url
from cloud.kit.settings import Settings, SettingsError, Workers, load_settings

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "0123456789" * 4,
    "PUBLIC_URL": "https://visant.example",
    "VISANT_DATA_DIR": "/var/lib/visant",
}


SECONDS = ("AI_TIMEOUT_SECONDS", "SSE_PING_SECONDS", "LEASE_SECONDS", "RETRY_SCALE")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """None of this machine's settings, and a folder without a `.env` file."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def load(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_development_needs_no_setting_at_all(tmp_path: Path) -> None:
    settings = load_settings()
    assert not settings.production
    assert settings.listen_host == "127.0.0.1"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.data_directory == tmp_path / ".data"
    assert settings.workers is Workers.WITH


def test_production_with_what_it_needs_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, PRODUCTION)
    assert settings.production
    assert settings.listen_host == "0.0.0.0"  # noqa: S104  # as contracted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "70000"),
        ("ENVIRONMENT", "staging"),
        ("WORKERS", "some"),
        ("PUBLIC_URL", "visant.example"),
        ("DATABASE_URL", "mysql://somewhere/visant"),
        ("DATABASE_URL", "no address"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,the proxy"),
        ("MAX_UPLOAD_BYTES", "-1"),
        ("MAX_IMAGE_PIXELS", "lots"),
        ("LEASE_SECONDS", "0"),
        ("SSE_PING_SECONDS", "0"),
        ("AI_CONCURRENCY", "0"),
        ("AI_TIMEOUT_SECONDS", "-3"),
        ("DEFAULT_DEVICE_LIMIT", "-1"),
        ("TRIAL_DAYS", "a month"),
        ("STORAGE_BACKEND", "tape"),
        ("AUTH_PROVIDER", "nobody"),
        ("LOG_FORMAT", "xml"),
        ("RETRY_SCALE", "0"),
        ("TRIAL_DAYS", "10000000"),
        ("DEFAULT_DEVICE_LIMIT", str(10**30)),
        ("MAX_UPLOAD_BYTES", str(10**30)),
        ("MAX_IMAGE_PIXELS", str(10**30)),
        *((name, value) for name in SECONDS for value in ("inf", "nan", "1e300")),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(monkeypatch, {name: value})
    sentence = str(refused.value)
    assert name in sentence
    assert "\n" not in sentence
    assert not sentence.endswith(".")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"VISANT_DATA_DIR": ""}, "VISANT_DATA_DIR"),
        ({"CORS_ALLOWED_ORIGINS": "https://visant.example,*"}, "CORS_ALLOWED_ORIGINS"),
    ],
)
def test_production_asks_for_what_development_can_do_without(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        load(monkeypatch, {**PRODUCTION, **change})


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as refused:
        load(monkeypatch, {**PRODUCTION, "SECRET_KEY": "my-short-secret"})
    assert "my-short-secret" not in str(refused.value)


def test_a_volume_of_the_platform_is_the_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    volume = {**PRODUCTION, "VISANT_DATA_DIR": "", "RAILWAY_VOLUME_MOUNT_PATH": "/mnt/data"}
    assert load(monkeypatch, volume).data_directory == Path("/mnt/data")


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, {"PLATFORM_ADMIN_EMAILS": " a@x.test, b@x.test ,"})
    assert settings.platform_admin_emails == ["a@x.test", "b@x.test"]


def test_a_file_named_env_is_read_in_development_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=8123\n")
    assert load_settings().port == 8123
    assert load(monkeypatch, PRODUCTION).port == 8000


def test_a_secret_key_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = load_settings().secret_key.get_secret_value()
    assert len(first) >= module.MINIMUM_SECRET_LENGTH
    assert load_settings().secret_key.get_secret_value() == first
    assert (tmp_path / ".data" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_process_that_starts_while_another_makes_the_secret_key_has_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other has opened its file, and has not yet written."""
    opened, go_on = threading.Event(), threading.Event()
    real_open = os.open

    def open_slowly(path: str | Path, *rest: int) -> int:
        descriptor = real_open(path, *rest)
        if threading.current_thread().name.startswith("slow"):
            opened.set()
            go_on.wait(10)
        return descriptor

    monkeypatch.setattr(os, "open", open_slowly)
    with ThreadPoolExecutor(1, thread_name_prefix="slow") as threads:
        slow = threads.submit(load_settings)
        assert opened.wait(10)
        quick = load_settings().secret_key.get_secret_value()
        go_on.set()
        assert slow.result(10).secret_key.get_secret_value() == quick
    assert len(quick) >= module.MINIMUM_SECRET_LENGTH


@pytest.mark.parametrize(
    "spelling",
    [
        "postgres://u:p@host:5433/name",
        "postgresql://u:p@host:5433/name",
        "postgresql+psycopg://u:p@host:5433/name",
        "postgresql+psycopg2://u:p@host:5433/name",
        "postgresql+asyncpg://u:p@host:5433/name",
        "  postgres://u:p@host:5433/name\n",
    ],
)
def test_every_common_spelling_of_the_database_address_is_taken(spelling: str) -> None:
    url = normalize_database_url(spelling)
    assert url.drivername == "postgresql+psycopg"
    assert (url.host, url.port, url.database, url.password) == ("host", 5433, "name", "p")


def test_the_query_of_a_database_address_is_kept() -> None:
    url = normalize_database_url("postgres://u@/name?host=/sockets&sslmode=require")
    assert url.query == {"host": "/sockets", "sslmode": "require"}


def test_a_wrong_database_address_does_not_repeat_its_password() -> None:
    with pytest.raises(ValueError, match="DATABASE_URL") as refused:
        normalize_database_url("mysql://u:hush@host/name")
    assert "hush" not in str(refused.value)
