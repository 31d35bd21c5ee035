"""The only reader of the environment: `HEEDFUL_…` names in, one frozen value out, each with where it came from."""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from heedful.errors import SettingsError

SECRETS = frozenset(
    {"openai_api_key", "embedder_api_key", "judge_api_key", "master_key", "identity_secret", "crm_token"}
)
NOT_OURS = ("HEEDFUL_TEST_", "HEEDFUL_SHARED_DATA")  # read by tests and benchmarks, passed over here


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting. Paths are absolute; `None` means "not set"; see `docs/settings.md` for each."""

    data_dir: Path
    model: str = "extractive"  # `extractive`, `openai:NAME`, or any name that init_chat_model knows
    model_base_url: str | None = None
    model_where: str | None = None  # country or place of the model, for the receipt
    model_timeout_s: float = 60.0  # the longest a whole answer may take
    model_retries: int = 2
    openai_api_key: str | None = None
    rewrite_wait_s: float = 2.0  # how long a model may take to make a question stand alone; 0: not asked to
    max_prompt_tokens: int = 6000
    max_reply_tokens: int = 700
    judge: str = "none"  # who reads drafts once more: `none`, `openai:NAME`, or any name that init_chat_model knows
    judge_base_url: str | None = None  # set: neither address nor key are shared with the model that writes
    judge_api_key: str | None = None
    judge_where: str | None = None  # country or place of the judge, for the receipt
    judge_timeout_s: float = 20.0  # the longest it may take, with its second try
    embedder: str = "minilm"  # `minilm`, `openai:NAME`, `none`
    embedder_base_url: str | None = None
    embedder_api_key: str | None = None
    models_dir: Path = Path("models")  # fetched weights and vocabularies; in the data folder by default
    minilm_wheel: Path | None = None  # the weights' package as a file, for machines without a package registry
    database_url: str = ""
    key_store: str = ""  # where customers' own keys are kept, apart from what they encrypt; an SQLAlchemy URL
    crm_url: str | None = None  # the company's own system with facts about customers, without the customer's id
    crm_token: str | None = None  # what it is shown as a bearer token
    crm_timeout_s: float = 1.5  # the longest one look may take, with a customer waiting
    crm_cache_s: float = 20.0  # how long what it said is taken to be true without asking again; 0: not at all
    chroma_url: str | None = None
    knowledge_dir: Path = Path("knowledge_base")
    prompts_dir: Path = Path("prompts")
    policy: Path = Path("policy.toml")
    master_key: str | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    abandon_after_s: float = 30.0
    check_timeout_s: float = 5.0  # the longest all rules may take on one unit
    identity_secret: str | None = None  # HS256 secret with which the company signs customers' tokens
    identity_public_key: str | None = None  # or an Ed25519 public key, PEM
    messages_per_minute: int = 20  # of one conversation
    requests_per_minute: int = 600  # of one key
    max_message_chars: int = 8000
    unanswered_days: int = 90  # how long a question without an answer is kept after it was last asked; 0: not at all
    synonyms: Path | None = None  # the company's own words that mean the same
    demo: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    origins: Mapping[str, str] = field(default_factory=dict)  # setting → where its value came from

    @property
    def judge_address(self) -> str | None:
        """Where the judge is: its own address, or that of the model that writes when both are of one provider."""
        return self.judge_base_url or (self.model_base_url if self._judge_shares else None)

    @property
    def judge_place(self) -> str | None:
        """The judge's place for the receipt, where one was given for it or for the model that writes beside it."""
        return self.judge_where or (self.model_where if self._judge_shares and not self.judge_base_url else None)

    @property
    def _judge_shares(self) -> bool:
        return self.judge.partition(":")[0] == self.model.partition(":")[0]

    @property
    def judge_key(self) -> str | None:
        """The judge's key. What has an address of its own is not shown another's key."""
        return self.judge_api_key or (None if self.judge_base_url else self.openai_api_key)

    def shown(self) -> dict[str, tuple[str, str]]:
        """Return each setting as environment name → (value, where it came from), secrets masked."""
        rows: dict[str, tuple[str, str]] = {}
        for setting in dataclasses.fields(self):
            if setting.name == "origins":
                continue
            value = getattr(self, setting.name)
            text = "" if value is None else str(value)
            if setting.name.endswith("_url") or setting.name == "key_store":
                text = _without_password(text)
            elif setting.name in SECRETS and text:
                text = "set"
            rows[_env_name(setting.name)] = (text, self.origins.get(setting.name, "default"))
        return rows


def read(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Return the settings of `environ` (the process's own by default); `overrides` come from the command line.

    Raises:
        SettingsError: A name is unknown or a value can't be read; the message says which and what would do.
    """
    environ = os.environ if environ is None else environ
    known = {_env_name(item.name): item for item in dataclasses.fields(Settings) if item.name != "origins"}
    for name in sorted(environ):
        if name.startswith("HEEDFUL_") and name not in known and not name.startswith(NOT_OURS):
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; `heedful doctor` lists the names there are"
            raise SettingsError(f"{name!r} is not a setting of heedful{hint}")
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name, item in known.items():
        text = environ.get(name, "")
        if text:
            values[item.name] = _read_value(name, text, str(item.type))
            origins[item.name] = "environment"
    for setting, value in overrides.items():
        if value is not None:
            values[setting] = value
            origins[setting] = "command line"
    values["data_dir"] = Path(values.get("data_dir", ".heedful")).expanduser().absolute()
    values["models_dir"] = Path(values.get("models_dir", values["data_dir"] / "models")).expanduser().absolute()
    if not values.get("database_url"):
        values["database_url"] = f"sqlite+aiosqlite:///{values['data_dir'] / 'heedful.db'}"
    values.setdefault("key_store", f"sqlite+aiosqlite:///{values['data_dir'] / 'keys.db'}")
    for setting in ("database_url", "key_store"):
        values[setting] = _async_driver(values[setting])
    for setting, file in (("knowledge_dir", "knowledge_base"), ("prompts_dir", "prompts"), ("policy", "policy.toml")):
        values[setting] = Path(values[setting]).expanduser().absolute() if setting in values else shipped(file)
    _check(settings := Settings(**values, origins=origins))
    return settings


def shipped(name: str) -> Path:
    """Return the folder or file that heedful ships under this name: `prompts`, `knowledge_base`, `policy.toml` …

    Raises:
        SettingsError: This installation lacks it.
    """
    package = Path(__file__).resolve().parent
    for place in (package / "_files", package.parents[1]):  # as a wheel lays them; in a checkout they stand at the top
        if (place / name).exists():
            return place / name
    raise SettingsError(f"this installation of heedful lacks its {name!r}; install heedful again")


def _check(settings: Settings) -> None:
    if settings.model.startswith("openai:") and not settings.openai_api_key and not settings.model_base_url:
        raise SettingsError(
            f"HEEDFUL_MODEL is {settings.model!r} but OPENAI_API_KEY is missing; set it, "
            "or use HEEDFUL_MODEL=extractive to try without one"
        )
    if settings.model == "extractive" and settings.model_base_url:
        raise SettingsError("HEEDFUL_MODEL_BASE_URL is set but HEEDFUL_MODEL is not; set HEEDFUL_MODEL=openai:NAME")
    kind = settings.embedder.partition(":")[0]
    if kind not in ("minilm", "openai", "none") or settings.embedder == "openai:":
        raise SettingsError(f"HEEDFUL_EMBEDDER is {settings.embedder!r}; use minilm, openai:NAME or none")
    if kind == "openai" and not (settings.embedder_api_key or settings.openai_api_key or settings.embedder_base_url):
        raise SettingsError(
            f"HEEDFUL_EMBEDDER is {settings.embedder!r} but there is no key; set HEEDFUL_EMBEDDER_API_KEY "
            "or OPENAI_API_KEY, or use HEEDFUL_EMBEDDER=minilm"
        )
    if settings.key_store == settings.database_url:
        raise SettingsError(
            "HEEDFUL_KEY_STORE is the same as HEEDFUL_DATABASE_URL, so that a backup of the one would hold the keys to "
            "it; give the keys a database of their own, or leave HEEDFUL_KEY_STORE out"
        )
    _check_judge(settings)
    _check_crm(settings)
    if not 0 <= settings.port <= 65535:
        raise SettingsError(f"HEEDFUL_PORT is {settings.port}; a port is a number from 1 to 65535")
    for setting in ("knowledge_dir", "prompts_dir", "policy"):
        path: Path = getattr(settings, setting)
        if not path.exists():
            raise SettingsError(f"{_env_name(setting)} names {str(path)!r}, which does not exist")


def _check_judge(settings: Settings) -> None:
    if settings.judge == "none":
        if settings.judge_base_url or settings.judge_api_key:
            raise SettingsError("HEEDFUL_JUDGE_BASE_URL or HEEDFUL_JUDGE_API_KEY is set but HEEDFUL_JUDGE is not")
        return
    kind, _, name = settings.judge.partition(":")
    if settings.judge == "extractive" or not kind or (":" in settings.judge and not name):
        raise SettingsError(f"HEEDFUL_JUDGE is {settings.judge!r}; use none, openai:NAME or another PROVIDER:NAME")
    if kind == "openai" and not (settings.judge_address or settings.judge_key):
        raise SettingsError(
            f"HEEDFUL_JUDGE is {settings.judge!r} but there is no key; set OPENAI_API_KEY or HEEDFUL_JUDGE_API_KEY, or "
            "HEEDFUL_JUDGE_BASE_URL for a model that needs none"
        )
    if kind != "openai" and settings.judge_api_key:
        raise SettingsError(
            f"HEEDFUL_JUDGE_API_KEY is for openai:NAME, and HEEDFUL_JUDGE is {settings.judge!r}; set the key that this "
            "provider's package reads, and leave HEEDFUL_JUDGE_API_KEY out"
        )
    if settings.judge_timeout_s <= 0:
        raise SettingsError("HEEDFUL_JUDGE_TIMEOUT_S has to be above 0: no judge answers at once")


def _check_crm(settings: Settings) -> None:
    if settings.crm_url:
        address = urlsplit(settings.crm_url)
        if address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment:
            raise SettingsError(
                "HEEDFUL_CRM_URL is no address that a customer's id can be put behind; "
                "use one as https://crm.example.com/customers"
            )
    elif settings.crm_token:
        raise SettingsError("HEEDFUL_CRM_TOKEN is set but HEEDFUL_CRM_URL is not; set it, or leave both out")
    if settings.crm_timeout_s <= 0 or settings.crm_cache_s < 0:
        raise SettingsError("HEEDFUL_CRM_TIMEOUT_S has to be above 0, and HEEDFUL_CRM_CACHE_S 0 or more")


def _env_name(setting: str) -> str:
    return "OPENAI_API_KEY" if setting == "openai_api_key" else f"HEEDFUL_{setting.upper()}"


def _read_value(name: str, text: str, wanted: str) -> Any:
    try:
        if wanted == "int":
            return int(text)
        if wanted == "float":
            return float(text)
    except ValueError as error:
        raise SettingsError(f"{name} is {text!r}, which is not a number") from error
    if wanted == "bool":
        if text.lower() not in ("0", "1", "true", "false", "yes", "no", "on", "off"):
            raise SettingsError(f"{name} is {text!r}; use 1 or 0")
        return text.lower() in ("1", "true", "yes", "on")
    if wanted.startswith("Literal") and f"'{text}'" not in wanted and f'"{text}"' not in wanted:
        raise SettingsError(f"{name} is {text!r}; use one of {wanted.removeprefix('Literal')}")
    return Path(text) if "Path" in wanted else text


def _async_driver(url: str) -> str:
    for plain, driver in (("postgres://", "postgresql+asyncpg://"), ("postgresql://", "postgresql+asyncpg://")):
        if url.startswith(plain):
            return driver + url.removeprefix(plain)
    return url.replace("sqlite:///", "sqlite+aiosqlite:///", 1) if url.startswith("sqlite:///") else url


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…{at}{tail}" if at else url
