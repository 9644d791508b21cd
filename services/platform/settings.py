"""Settings of a service: environment variables `RELAIS_…`, read once at the edge.

Each role has its own small class; `relais serve ROLE --help` lists its fields by `describe`. Keys
and tokens lie in files under `home`, certificates wherever; the environment says only where.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from contracts.errors import UsageError
from contracts.kafka.topic_plan import CLEANED_S
from contracts.vocabulary.principals import is_agency
from contracts.vocabulary.scopes import AGENCIES, CIVIL, REALMS
from services.platform.http.receiver import Receiver
from services.platform.kafka.connection.connection import Tls, client_options
from services.platform.process.clock import Clock, FileClock, SystemClock

if TYPE_CHECKING:
    from services.platform.kafka.bus import Bus

PREFIX: Final = "RELAIS_"

Realm = Literal["civil", "criminal"]


def _agency(name: str) -> str:
    if not is_agency(name):
        raise _wrong("small letters and _, as the convention names an agency")
    return name


Agency = Annotated[str, AfterValidator(_agency)]
Record = Annotated[str, Field(pattern=r"^relais\.[a-z]+\.decisions/\d+/\d+$")]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


# Of topics, routing and agencies, which must have the same: these write once more when it is over.
_CLEANED_S: Final[int] = Field(
    CLEANED_S,
    ge=10,
    description="seconds after which Kafka may clean away what an erasure overwrote",
)


class ServiceSettings(BaseSettings):
    """What every service is told."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    kafka: str = Field("127.0.0.1:9092", description="host:port of brokers, separated by commas")
    kafka_wait_s: float = Field(60, gt=0, description="seconds until exit code 3 at start")
    tls_ca: Path | None = Field(
        None, description="PEM of who signs the brokers' certificates; none: no TLS"
    )
    tls_cert: Path | None = Field(None, description="PEM of this service's own certificate")
    tls_key: Path | None = Field(None, description="PEM of its key, readable by its owner alone")
    home: Path = Field(Path(".relais"), description="folder of keys and directories")
    http_host: str = Field("127.0.0.1", description="address to listen on")
    http_port: int = Field(0, ge=0, le=65535, description="port to listen on; 0: a free one")
    store_dir: Annotated[Path | None, BeforeValidator(lambda given: given or None)] = Field(
        None,
        description="folder of what was read of Kafka, a cache, and of what a witness and a "
        "published log remember, which is none: on a local disk that lasts; without a value state/ "
        "in the home",
    )
    log_level: LogLevel = Field("INFO", description="of our own log lines")
    clock_file: Path | None = Field(
        None, description="moved clock; only with RELAIS_PLAY, by up and demo"
    )
    play: bool = Field(False, description="this is no real federation: its clock may be moved")

    @model_validator(mode="after")
    def _real_clock(self) -> Self:
        if self.clock_file and not self.play:
            raise _wrong("a clock file only with RELAIS_PLAY=true")
        return self

    @model_validator(mode="after")
    def _tls_whole(self) -> Self:
        given = [path is not None for path in (self.tls_ca, self.tls_cert, self.tls_key)]
        if any(given) and not all(given):
            raise _wrong("RELAIS_TLS_CA, RELAIS_TLS_CERT and RELAIS_TLS_KEY together")
        return self

    @property
    def tls(self) -> Tls | None:
        """The certificates that Kafka is reached with, if any."""
        if self.tls_ca is None or self.tls_cert is None or self.tls_key is None:
            return None
        return Tls(self.tls_ca, self.tls_cert, self.tls_key)

    def bus(self) -> Bus:
        """Kafka, as this service reaches it.

        Raises:
            UsageError: those of `client_options`.
        """
        from services.platform.kafka.bus import Bus  # and with it Kafka's clients

        return Bus(self.kafka, client_options(self.tls))

    def clock(self) -> Clock:
        """The clock of this service."""
        return FileClock(self.clock_file) if self.clock_file else SystemClock()

    @property
    def state_dir(self) -> Path:
        """Where a service's stores lie."""
        return self.store_dir or self.home / "state"

    @property
    def keys_dir(self) -> Path:
        """Where key files lie, each readable by its owner only."""
        return self.home / "keys"

    @property
    def tokens_file(self) -> Path:
        """Bearer tokens by desk, hashed."""
        return self.home / "tokens.json"


LASTS_S: Final = 8 * 3600  # that a session lasts, whatever is done: a working day


class SignInSettings(BaseModel):
    """What a service with pages is told: who may sign in, by whom, how it is reached."""

    hosts: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost"),
        description="JSON list of the names under which it is asked; others are refused",
    )
    oidc_issuer: str = Field(
        "",
        description="its issuer (OpenID Connect); without it local accounts, with RELAIS_PLAY "
        "alone",
    )
    oidc_client_id: str = Field("", description="name of this service there")
    oidc_client_secret_file: Path | None = Field(
        None, description="file of its secret, readable by its owner alone"
    )
    oidc_redirect: str = Field(
        "",
        description="this service’s address …/sign-in/back, as browsers reach it and as it is "
        "registered there",
    )
    oidc_scopes: str = Field("openid", description="scopes that are asked for")
    oidc_role_claim: str = Field(
        "roles", description="claim of the ID token that is one role and nothing else"
    )
    oidc_account_claim: str = Field(
        "sub", description="claim that names an account, one person’s for ever"
    )
    oidc_session_s: int = Field(
        3600,
        ge=60,
        le=LASTS_S,
        description="seconds until somebody signs in anew, if the ID token does not end before",
    )
    secure: bool = Field(False, description="it is reached by HTTPS alone: cookies say so")


class AgencySettings(ServiceSettings, SignInSettings):
    """An agency's service: its intake, inbox and duties."""

    agency: Agency = Field(description=", ".join(AGENCIES) + ", or another of the convention")
    realms: tuple[Realm, ...] = Field(
        (CIVIL,), description="JSON list of the buses that its desks are on"
    )
    logs: dict[Realm, str] = Field(
        {},
        description="JSON object: realm -> address of its published logs, `http://HOST:PORT/log`: "
        "they are mirrored, and every receipt is looked up in them",
    )
    log_look_s: float = Field(
        60, gt=0, description="seconds between two looks at the published logs"
    )
    log_term_s: float = Field(
        3600, gt=0, description="seconds until an alarm of what the published logs do not show"
    )
    silent_days: int = Field(
        7,
        ge=0,
        le=366,
        description="days without an event of its own until it is called silent; 0: never",
    )
    hourly_cases: int = Field(
        150, ge=0, description="cases that a desk may open in an hour; 0: any number"
    )
    webhooks: dict[str, Receiver] = Field(
        {},
        description="JSON object: desk -> `url` to which a notice of each arrival is posted, and "
        "`networks` in which its host has to lie; without these on the internet alone",
    )
    cleaned_s: int = _CLEANED_S


class TopicSettings(BaseSettings):
    """What a plan of topics is told besides convention and directory."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    cleaned_s: int = _CLEANED_S


class RoutingSettings(ServiceSettings):
    """One shard of a realm's router."""

    realm: Realm = Field("civil", description="bus: " + " or ".join(REALMS))
    shard: int = Field(0, ge=0, description="number of this process, from 0")
    leave_out: tuple[Record, ...] = Field(
        (),
        description="JSON list of topic/partition/offset in decisions that routing has not written",
    )
    cleaned_s: int = _CLEANED_S
    batch_events: int = Field(500, ge=1, le=5000, description="most events in one transaction")


class AuditSettings(ServiceSettings):
    """The auditor's service, for both realms; it has no decryption key."""

    realms: tuple[Realm, ...] = Field(
        ("civil", "criminal"), description="JSON list of the buses to audit"
    )
    look_again_s: float = Field(
        3600, gt=0, description="seconds between two readings of the whole log"
    )
    instance: str = Field(
        "local",
        pattern=r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$",
        description="name of this federation in its logs: `relais.<instance>/<realm>-<partition>`",
    )
    witnesses: dict[str, str] = Field(
        {},
        description="JSON object: witness of the trust policy -> its address, "
        "`http://HOST:PORT/witness`",
    )

    @property
    def log_dir(self) -> Path:
        """Where the logs' trees lie."""
        return self.state_dir / "log"


Settings = TypeVar("Settings", bound=BaseSettings)


def load(kind: type[Settings], **given: object) -> Settings:
    """Read settings from the environment; `given` wins over it.

    Raises:
        UsageError: `setting_wrong`, naming the variable and not its value.
    """
    try:
        return kind(**given)  # type: ignore[arg-type]
    except SettingsError as error:  # pydantic-settings names the field in its text alone
        name = str(error).partition('"')[2].partition('"')[0]
        raise UsageError("setting_wrong", expected="JSON", place=_variable(name)) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"][:1])
        words = first["msg"].removeprefix("Input should be ")
        expected = str(first.get("ctx", {}).get("expected", words))
        raise UsageError("setting_wrong", expected=expected, place=_variable(name)) from None


def _wrong(expected: str) -> PydanticCustomError:
    """What a check of our own raises, its words kept whole."""
    return PydanticCustomError("ours", "ours", {"expected": expected})


def environment(settings: ServiceSettings) -> dict[str, str]:
    """Variables that give a child process these very settings."""
    values = settings.model_dump(mode="json", exclude_none=True)
    return {_variable(name): _text(value) for name, value in values.items()}


def describe(kind: type[ServiceSettings]) -> list[tuple[str, str, str]]:
    """Each setting as (variable, default as it is typed or `required` or empty, what it means)."""
    return [
        (
            _variable(name),
            "required" if field.is_required() else _text(field.default),
            field.description or "",
        )
        for name, field in kind.model_fields.items()
    ]


def _variable(name: str) -> str:
    return PREFIX + name.upper() if name else PREFIX + "…"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(f'"{item}"' for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
