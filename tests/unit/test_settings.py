"""Settings: read from the environment, checked against each other, shown without secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from heedful.errors import SettingsError
from heedful.settings import read, shipped


def test_without_any_setting_everything_has_a_value(tmp_path: Path) -> None:
    """The defaults serve the sample company, without any key, from a folder here."""
    settings = read({})

    assert settings.data_dir == Path.cwd() / ".heedful"
    assert settings.model == "extractive"
    assert settings.embedder == "minilm"
    assert settings.database_url == f"sqlite+aiosqlite:///{settings.data_dir / 'heedful.db'}"
    assert settings.knowledge_dir.is_dir()
    assert settings.prompts_dir.is_dir()
    assert settings.policy.is_file()


@pytest.mark.parametrize("name", ["knowledge_base", "prompts", "policy.toml", "demo_profiles.jsonl"])
def test_what_is_shipped_is_there(name: str) -> None:
    """Every file the package carries is found, from a checkout as well."""
    assert shipped(name).exists()


def test_an_unknown_name_is_an_error_that_names_the_nearest() -> None:
    """A misspelt setting is never passed over."""
    with pytest.raises(
        SettingsError, match=r"'HEEDFUL_MODLE' is not a setting of heedful; did you mean HEEDFUL_MODEL\?"
    ):
        read({"HEEDFUL_MODLE": "extractive"})


def test_what_belongs_to_tests_and_to_others_is_passed_over() -> None:
    """Names for tests, and names without the prefix, are not settings."""
    settings = read({"HEEDFUL_TEST_STRICT": "1", "HEEDFUL_SHARED_DATA": "somewhere", "PATH": "/bin", "MODEL": "x"})

    assert settings.origins == {}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HEEDFUL_PORT", "eighty", "not a number"),
        ("HEEDFUL_MODEL_TIMEOUT_S", "soon", "not a number"),
        ("HEEDFUL_DEMO", "perhaps", "use 1 or 0"),
        ("HEEDFUL_LOG_LEVEL", "loud", "use one of"),
        ("HEEDFUL_EMBEDDER", "bert", "minilm, openai:NAME or none"),
        ("HEEDFUL_EMBEDDER", "openai:", "minilm, openai:NAME or none"),
        ("HEEDFUL_EMBEDDER", "openai:text-embedding-3-small", "there is no key"),
        ("HEEDFUL_MODEL", "openai:gpt-4o-mini", "OPENAI_API_KEY is missing"),
        ("HEEDFUL_MODEL_BASE_URL", "http://127.0.0.1:1/v1", "HEEDFUL_MODEL is not"),
        ("HEEDFUL_POLICY", "/nowhere/policy.toml", "does not exist"),
        ("HEEDFUL_PROMPTS_DIR", "/nowhere/prompts", "does not exist"),
        ("HEEDFUL_KNOWLEDGE_DIR", "/nowhere/help", "does not exist"),
        ("HEEDFUL_CRM_URL", "crm.example.com", "can be put behind"),
        ("HEEDFUL_CRM_URL", "https://crm.example.com/customers?id=", "can be put behind"),
        ("HEEDFUL_CRM_TOKEN", "shown", "HEEDFUL_CRM_URL is not"),
        ("HEEDFUL_CRM_TIMEOUT_S", "0", "above 0"),
        ("HEEDFUL_CRM_CACHE_S", "-1", "0 or more"),
    ],
)
def test_what_cannot_be_used_says_what_would_do(name: str, value: str, words: str) -> None:
    """A value that can't be read, or contradicts another, is named with its setting."""
    with pytest.raises(SettingsError, match=words) as raised:
        read({name: value})

    assert name in str(raised.value)


def test_values_are_read_as_what_they_are(tmp_path: Path) -> None:
    """Numbers, yes and no, and paths come out as such; relative paths are absolute from here on."""
    settings = read(
        {
            "HEEDFUL_DATA_DIR": "somewhere/달빛",
            "HEEDFUL_PORT": "9000",
            "HEEDFUL_DEMO": "YES",
            "HEEDFUL_ABANDON_AFTER_S": "1.5",
            "HEEDFUL_POLICY": str(shipped("policy.toml")),
        }
    )

    assert settings.data_dir == Path.cwd() / "somewhere" / "달빛"
    assert settings.models_dir == settings.data_dir / "models"
    assert (settings.port, settings.demo, settings.abandon_after_s) == (9000, True, 1.5)
    assert settings.policy == shipped("policy.toml")


def test_an_empty_value_counts_as_not_set() -> None:
    """`HEEDFUL_MODEL=` in a file of settings leaves the default."""
    settings = read({"HEEDFUL_MODEL": "", "HEEDFUL_PORT": ""})

    assert (settings.model, settings.port, settings.origins) == ("extractive", 8080, {})


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@db/heedful", "postgresql+asyncpg://u:p@db/heedful"),
        ("postgres://u:p@db/heedful", "postgresql+asyncpg://u:p@db/heedful"),
        ("postgresql+asyncpg://u@db/heedful", "postgresql+asyncpg://u@db/heedful"),
        ("sqlite:////srv/heedful.db", "sqlite+aiosqlite:////srv/heedful.db"),
        ("sqlite+aiosqlite:////srv/heedful.db", "sqlite+aiosqlite:////srv/heedful.db"),
    ],
)
def test_a_database_url_gets_its_driver(given: str, used: str) -> None:
    """People write the URL that their provider gives them."""
    assert read({"HEEDFUL_DATABASE_URL": given}).database_url == used


def test_keys_are_kept_apart_from_what_they_encrypt(tmp_path: Path) -> None:
    """The key store is a file of its own unless said otherwise, gets its driver, and is never the database itself."""
    data = str(tmp_path)
    own = {"HEEDFUL_DATA_DIR": data, "HEEDFUL_KEY_STORE": "postgresql://vault@keys.example/keys"}

    assert read({"HEEDFUL_DATA_DIR": data}).key_store == f"sqlite+aiosqlite:///{tmp_path / 'keys.db'}"
    assert read(own).key_store == "postgresql+asyncpg://vault@keys.example/keys"
    for same in (
        {"HEEDFUL_DATABASE_URL": own["HEEDFUL_KEY_STORE"]},
        {"HEEDFUL_KEY_STORE": f"sqlite:///{data}/heedful.db"},
    ):
        with pytest.raises(SettingsError, match="a database of their own"):
            read({**own, **same})


def test_the_command_line_wins_over_the_environment() -> None:
    """What is said on the command line counts; `None` there says nothing."""
    settings = read({"HEEDFUL_PORT": "9000", "HEEDFUL_HOST": "0.0.0.0"}, port=9100, host=None)  # noqa: S104 - read only

    assert (settings.port, settings.host) == (9100, "0.0.0.0")  # noqa: S104 - read only
    assert settings.origins == {"port": "command line", "host": "environment"}


def test_what_is_shown_names_every_setting_and_no_secret() -> None:
    """`doctor` prints each setting with its origin; keys and passwords are masked, also inside addresses."""
    secret = "pa55word"
    shown = read(
        {
            "OPENAI_API_KEY": f"sk-{secret}",
            "HEEDFUL_EMBEDDER_API_KEY": secret,
            "HEEDFUL_MASTER_KEY": secret,
            "HEEDFUL_IDENTITY_SECRET": secret,
            "HEEDFUL_DATABASE_URL": f"postgresql://heedful:{secret}@db.example:5432/heedful",
            "HEEDFUL_MODEL": "openai:own",
            "HEEDFUL_MODEL_BASE_URL": f"https://user:{secret}@models.example/v1",
            "HEEDFUL_CHROMA_URL": f"http://user:{secret}@chroma.example:8000",
            "HEEDFUL_KEY_STORE": f"postgresql://vault:{secret}@keys.example:5432/keys",
            "HEEDFUL_CRM_URL": f"https://user:{secret}@crm.example/customers",
            "HEEDFUL_CRM_TOKEN": secret,
            "HEEDFUL_PORT": "9000",
        }
    ).shown()

    assert not [name for name, (value, _) in shown.items() if secret in value]
    assert shown["OPENAI_API_KEY"] == ("set", "environment")
    assert shown["HEEDFUL_DATABASE_URL"] == ("postgresql+asyncpg://…@db.example:5432/heedful", "environment")
    assert shown["HEEDFUL_PORT"] == ("9000", "environment")
    assert shown["HEEDFUL_HOST"] == ("127.0.0.1", "default")
    assert shown["HEEDFUL_PUBLIC_URL"] == ("", "default")


def test_a_model_at_a_base_url_needs_no_key() -> None:
    """A server of one's own often asks for none."""
    settings = read({"HEEDFUL_MODEL": "openai:own", "HEEDFUL_MODEL_BASE_URL": "http://127.0.0.1:11434/v1"})

    assert settings.openai_api_key is None
