"""Texts exist in every language, with the same arguments, and count rightly."""

import ast
from importlib import resources
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

import bot
from bot.texts import LOCALES, MissingTextError, Texts, Voice, locale_of
from contracts.messages import FailureReason

SOURCES = sorted(Path(bot.__file__).parent.rglob("*.py"))


class Variables(Visitor):
    def __init__(self):
        self.names = set()

    def visit_VariableReference(self, node):  # noqa: N802 - the visitor's own naming
        self.names.add(node.id.name)


def entries(locale):
    source = resources.files("bot.texts").joinpath(f"{locale}.ftl").read_text("utf-8")
    return FluentParser().parse(source).body


def variables_of(locale):
    found = {}
    for entry in entries(locale):
        if isinstance(entry, ftl.Message):
            variables = Variables()
            variables.visit(entry)
            found[entry.id.name] = variables.names
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_every_entry_can_be_read(locale):
    junk = [entry.content for entry in entries(locale) if isinstance(entry, ftl.Junk)]
    assert junk == []


def test_every_language_has_the_same_texts_with_the_same_arguments():
    assert variables_of("ru") == variables_of("en")


def test_every_text_that_the_bot_names_exists():
    named = {
        node.value
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    texts = set(variables_of("ru"))
    prefixes = {"wrong-", "confirm-", "job-", "video-", "refund-", "ask-", "card-", "menu-"}
    unknown = {
        name
        for name in named
        if any(name.startswith(prefix) for prefix in prefixes)
        and not name.endswith("-")
        and name not in texts
    }
    assert unknown == set()


def test_every_failure_has_its_own_sentence():
    texts = Texts()
    for reason in FailureReason:
        assert texts.has("ru", f"refund-{reason}")


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "0 кредитов"),
        (1, "1 кредит"),
        (2, "2 кредита"),
        (5, "5 кредитов"),
        (11, "11 кредитов"),
        (21, "21 кредит"),
        (22, "22 кредита"),
        (112, "112 кредитов"),
    ],
)
def test_credits_are_counted_as_russian_counts(amount, said):
    assert Voice(Texts(), "ru").credits(amount) == said


def test_a_missing_argument_is_an_error_and_not_a_hole_in_the_text():
    with pytest.raises(MissingTextError):
        Texts().get("ru", "balance")


@pytest.mark.parametrize(
    ("code", "locale"), [(None, "ru"), ("ru", "ru"), ("kk", "ru"), ("en", "en"), ("en-GB", "en")]
)
def test_russian_is_spoken_unless_english_was_chosen(code, locale):
    assert locale_of(code) == locale
