"""Prompt files are rendered strictly, in a sandbox, and can be told apart by digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from heedful.errors import PromptError
from heedful.prompts import Prompts

SHIPPED = Path(__file__).resolve().parents[2] / "prompts"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small prompt folder with an include, a layout for mail and a file that is no prompt."""
    (tmp_path / "chat.md").write_text('Hello {{ name }}.\n{% include "_voice.md" %}\n', encoding="utf-8")
    (tmp_path / "_voice.md").write_text("Speak {{ language }}.\n", encoding="utf-8")
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "body.html.j2").write_text("<p>{{ name }}</p>", encoding="utf-8")
    (tmp_path / "mail" / "body.txt.j2").write_text("{{ name }}", encoding="utf-8")
    (tmp_path / "phrases.toml").write_text("a = 1", encoding="utf-8")
    return tmp_path


def test_a_file_is_rendered_with_what_it_includes(folder: Path) -> None:
    """The text is that of the file and its includes; the digests are those of both files."""
    rendered = Prompts(folder).render("chat.md", name="미나", language="Korean")

    assert rendered.text == "Hello 미나.\nSpeak Korean.\n"
    assert rendered.digests == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("chat.md", "_voice.md")
    }


def test_a_variable_missing_in_an_include_is_an_error(folder: Path) -> None:
    """What an include asks for, the file asks for."""
    with pytest.raises(PromptError, match=r"'chat\.md' asks for 'language'"):
        Prompts(folder).render("chat.md", name="Mina")


def test_a_variable_that_is_never_used_is_an_error(folder: Path) -> None:
    """A misspelt variable does not go unnoticed."""
    with pytest.raises(PromptError, match="'langauge'"):
        Prompts(folder).render("chat.md", name="Mina", language="English", langauge="English")


def test_a_missing_file_says_where_it_was_looked_for(folder: Path) -> None:
    """No such prompt, or no such folder, is named."""
    with pytest.raises(PromptError, match=r"'sms\.md'.*HEEDFUL_PROMPTS_DIR"):
        Prompts(folder).render("sms.md")
    with pytest.raises(PromptError, match="HEEDFUL_PROMPTS_DIR"):
        Prompts(folder / "nowhere")
    with pytest.raises(PromptError, match="no prompt"):
        Prompts(folder).render("../secrets.md")


def test_html_is_escaped_and_markdown_is_not(folder: Path) -> None:
    """Only a `.html.j2` layout escapes what is put in."""
    prompts = Prompts(folder)

    assert prompts.render("mail/body.html.j2", name="<b>M</b>").text == "<p>&lt;b&gt;M&lt;/b&gt;</p>\n"
    assert prompts.render("mail/body.txt.j2", name="<b>M</b>").text == "<b>M</b>\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{% if %}", "parsed"),
        ("{{ ''.__class__.__mro__ }}", "rendered"),
        ("{{ name.append(1) }}", "rendered"),
        ("{{ name + 1 }}", "rendered"),
        ("{% include name %}", "by a variable"),
        ('{% include "chat.md" %}', "includes itself"),
        ('{% include "gone.md" %}', "no prompt"),
    ],
)
def test_a_bad_file_is_named(folder: Path, text: str, said: str) -> None:
    """Broken syntax, reaching out of the sandbox, a loop: an error of ours that repeats no value."""
    (folder / "chat.md").write_text(text, encoding="utf-8")
    variables = {"name": ["secret"]} if "name" in text else {}

    with pytest.raises(PromptError, match=said) as caught:
        Prompts(folder).render("chat.md", **variables)
    assert "secret" not in str(caught.value)


def test_a_file_changed_later_does_not_change_what_was_opened(folder: Path) -> None:
    """What is digested is what is rendered, also while somebody edits the folder."""
    prompts = Prompts(folder)
    before = prompts.render("chat.md", name="a", language="b")

    (folder / "_voice.md").write_text("Shout.\n", encoding="utf-8")

    assert prompts.render("chat.md", name="a", language="b") == before
    assert "Shout." in Prompts(folder).render("chat.md", name="a").text


def test_a_file_in_another_encoding_is_named(folder: Path) -> None:
    """A prompt has to be UTF-8."""
    (folder / "ko.md").write_bytes("안녕".encode("cp949"))

    with pytest.raises(PromptError, match=r"'ko\.md'.*UTF-8"):
        Prompts(folder)


def test_the_readme_lists_every_variable_of_every_prompt() -> None:
    """Each variable of a shipped prompt stands in its README, and each file too."""
    prompts = Prompts(SHIPPED)
    readme = (SHIPPED / "README.md").read_text(encoding="utf-8")

    for name in prompts.names():
        if "/" in name or name == "README.md":
            continue
        assert f"`{name}`" in readme
        for variable in prompts.variables(name):
            assert f"`{variable}`" in readme, (name, variable)
