"""Every setting of the cloud, read once from the environment; a wrong one stops the start.

`.env.example` lists them with the same words. In development a `.env` file beside the code is
read as well.
"""

import ipaddress
import os
import re
import secrets
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cloud.kit.database_url import normalize_database_url


class SettingsError(Exception):
    """A setting is missing or wrong; the message is one sentence that names it."""


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Workers(StrEnum):
    """What this copy of the process does: serve and work, only work, or only serve."""

    WITH = "with"
    ONLY = "only"
    OFF = "off"


class StorageBackend(StrEnum):
    FILESYSTEM = "filesystem"


class AuthProvider(StrEnum):
    LOCAL = "local"


class OpenAIApi(StrEnum):
    """How OpenAI's model is asked: for words, or only for how likely each sentence is."""

    RESPONSES = "responses"
    DECISIONS = "decisions"


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


CommaSeparated = Annotated[list[str], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """The settings of one process. Field names are the environment's names in lower case."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    environment: Environment = Environment.DEVELOPMENT
    host: str = ""
    """Address to listen on: 127.0.0.1 in development, 0.0.0.0 in production unless set."""
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""
    """Where people reach this installation; every mailed or shared link starts with it."""
    secret_key: SecretStr = SecretStr("")
    database_url: str | None = None
    """Unset: an embedded PostgreSQL under the data directory."""
    visant_data_dir: Path | None = None
    railway_volume_mount_path: Path | None = None
    workers: Workers = Workers.WITH
    trusted_proxies: CommaSeparated = []
    """Addresses or networks whose X-Forwarded-For and -Proto are believed."""
    cors_allowed_origins: CommaSeparated = []
    """Sites whose pages may call the API with a bearer token; `*`, in development, is any."""

    auth_provider: AuthProvider = AuthProvider.LOCAL
    platform_admin_emails: CommaSeparated = []
    default_device_limit: int = Field(default=2, ge=0, le=1_000_000)
    trial_days: int = Field(default=30, ge=0, le=36_500)

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    openai_model: str = "gpt-6-luna"
    openai_api: OpenAIApi = OpenAIApi.RESPONSES
    gemini_api_key: SecretStr | None = None
    gemini_base_url: str | None = None
    gemini_model: str = "gemini-3.5-flash-lite"
    nim_api_key: SecretStr | None = None
    nim_base_url: str = "https://integrate.api.nvidia.com/v1"
    nim_model: str | None = None
    compatible_api_key: SecretStr | None = None
    """Some servers of one's own want none."""
    compatible_base_url: str | None = None
    """Any server that speaks OpenAI's chat: Ollama, vLLM, llama.cpp."""
    compatible_model: str | None = None
    ai_timeout_seconds: float = Field(default=30, gt=0, le=600)
    ai_concurrency: int = Field(default=4, ge=1, le=1000)
    """Evaluations in flight at once in one process."""

    sendgrid_api_key: SecretStr | None = None
    """Set: all e-mail leaves by SendGrid; unset, by SMTP."""
    sendgrid_base_url: str | None = None
    smtp_url: SecretStr | None = None
    alert_from_email: str = "visant@localhost"
    alert_environment_label: str = ""
    outbound_allowed_networks: CommaSeparated = []
    """Networks of your own that webhooks may reach, as a home server's; otherwise none may."""

    storage_backend: StorageBackend = StorageBackend.FILESYSTEM
    max_upload_bytes: int = Field(default=15 * 1024 * 1024, ge=1024, le=1024**3)
    max_image_pixels: int = Field(default=50_000_000, ge=256, le=1_000_000_000)

    sse_ping_seconds: float = Field(default=15, gt=0, le=3600)
    lease_seconds: float = Field(default=60, gt=0, le=86_400)
    """How long claimed work stays claimed without a sign of life."""
    retry_scale: float = Field(default=1, gt=0, le=1000)
    """Multiplies every waiting time between retries; tests use a small one."""

    log_format: LogFormat | None = None
    metrics_token: SecretStr | None = None

    @property
    def production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def data_directory(self) -> Path:
        chosen = self.visant_data_dir or self.railway_volume_mount_path or Path(".data")
        return chosen.absolute()

    @property
    def listen_host(self) -> str:
        return self.host or ("0.0.0.0" if self.production else "127.0.0.1")  # noqa: S104  as contracted

    @property
    def base_url(self) -> str:
        """`PUBLIC_URL` without a trailing slash, or this machine's own address in development."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.public_url and not self.public_url.startswith(("http://", "https://")):
            raise ValueError("PUBLIC_URL must start with http:// or https://")
        if self.database_url is not None:
            normalize_database_url(self.database_url)
        _check_networks("TRUSTED_PROXIES", self.trusted_proxies)
        _check_networks("OUTBOUND_ALLOWED_NETWORKS", self.outbound_allowed_networks)
        for origin in self.cors_allowed_origins:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"CORS_ALLOWED_ORIGINS holds {origin!r}, which is no origin such as "
                    "https://app.example.com"
                )
        self._check_models()
        if self.production:
            self._check_production()
        return self

    def _check_models(self) -> None:
        """A server of one's own has no model that could be guessed."""
        if self.nim_api_key and not self.nim_model:
            raise ValueError("NIM_MODEL must be set with NIM_API_KEY")
        if self.compatible_base_url and not self.compatible_model:
            raise ValueError("COMPATIBLE_MODEL must be set with COMPATIBLE_BASE_URL")
        for name in ("openai", "gemini", "nim", "compatible"):
            address = getattr(self, f"{name}_base_url")
            if address and not address.startswith(("http://", "https://")):
                raise ValueError(f"{name.upper()}_BASE_URL must start with http:// or https://")

    def _check_production(self) -> None:
        if not self.secret_key.get_secret_value():
            raise ValueError("SECRET_KEY must be set in production")
        if len(self.secret_key.get_secret_value()) < MINIMUM_SECRET_LENGTH:
            raise ValueError(f"SECRET_KEY must be at least {MINIMUM_SECRET_LENGTH} characters long")
        if not self.public_url:
            raise ValueError(
                "PUBLIC_URL must be set in production, as links in mails start with it"
            )
        if "*" in self.cors_allowed_origins:
            raise ValueError("CORS_ALLOWED_ORIGINS must name its origins in production, not *")
        if self.visant_data_dir is None and self.railway_volume_mount_path is None:
            raise ValueError(
                "VISANT_DATA_DIR must be set in production, so that pictures outlive a restart"
            )


def _check_networks(setting: str, networks: list[str]) -> None:
    for network in networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise ValueError(
                f"{setting} holds {network!r}, which is no address or network"
            ) from error


MINIMUM_SECRET_LENGTH = 32

ORIGIN = re.compile(r"\*|https?://[a-z0-9.\-\[\]:]+")
"""As browsers write it: lower case, without a path or a slash at its end."""


def load_settings(**overrides: object) -> Settings:
    """Read the environment (and `.env` in development).

    Raises SettingsError with one sentence that names the wrong setting.
    """
    production = os.environ.get("ENVIRONMENT") == Environment.PRODUCTION
    try:
        settings = Settings(_env_file=None if production else ".env", **overrides)  # type: ignore[arg-type]  # pydantic's own way of overriding
    except ValidationError as error:
        raise SettingsError(_one_sentence(error)) from None
    if settings.secret_key.get_secret_value():
        return settings
    return settings.model_copy(
        update={"secret_key": SecretStr(_kept_secret(settings.data_directory))}
    )


def _one_sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return message
    name = str(first["loc"][0]).upper()
    return f"{name} is wrong: {message[:1].lower()}{message[1:]}"


def _kept_secret(data_directory: Path) -> str:
    """Development's secret key: made once and kept in the data directory, readable by its owner.

    It appears whole: of several processes that start at once, all read the first one's.
    """
    path = data_directory / "secret_key"
    if not path.exists():
        data_directory.mkdir(parents=True, exist_ok=True)
        draft = data_directory / f".secret_key-{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
