"""What is written about the product is true of it."""

import ast
import re
from pathlib import Path

from pydantic_settings import BaseSettings

import bot.scripts.settings
import bot.settings
import contracts.bus.connection
import contracts.service
import infra.sandbox.faults
import infra.sandbox.kie.beside
import infra.sandbox.main
import infra.sandbox.telegram.settings
import infra.sandbox.yookassa.beside
import ledger.payments.settings
import ledger.settings
import videogen.kie.settings
import videogen.settings
from contracts.messages import RefusalCode
from ledger.codec import TOPICS
from ledger.domain import refusals

ROOT = Path(__file__).parents[2]
SETTINGS = [
    bot.scripts.settings,
    bot.settings,
    contracts.bus.connection,
    contracts.service,
    infra.sandbox.faults,
    infra.sandbox.kie.beside,
    infra.sandbox.main,
    infra.sandbox.telegram.settings,
    ledger.payments.settings,
    infra.sandbox.yookassa.beside,
    ledger.settings,
    videogen.kie.settings,
    videogen.settings,
]
ADDRESS = re.compile(r"https?://")
INSTALL_FILES = ["requirements.lock", "pyproject.toml", "justw", "justfile", ".ci/run"]
MARKDOWN_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def settings_classes():
    for module in SETTINGS:
        for value in vars(module).values():
            is_settings = isinstance(value, type) and issubclass(value, BaseSettings)
            if is_settings and value is not BaseSettings:
                yield value


def test_every_setting_is_explained_in_env_example():
    explained = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    read = {
        (settings.model_config.get("env_prefix", "") + name).upper()
        for settings in settings_classes()
        for name in settings.model_fields
    }
    assert read - explained == set()


def test_every_test_that_architecture_names_exists():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "ARCHITECTURE.md").read_text()))
    defined = {
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert named
    assert named - defined == set()


def test_no_lock_or_install_file_holds_an_address():
    found = [name for name in INSTALL_FILES if ADDRESS.search((ROOT / name).read_text())]
    assert found == []


def test_links_between_documents_lead_somewhere():
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        (document.name, link)
        for document in documents
        for link in MARKDOWN_LINK.findall(document.read_text("utf-8"))
        if not (document.parent / link).exists()
    ]
    assert broken == []


def test_every_refusal_of_the_ledger_can_travel():
    codes = {
        value.code
        for value in vars(refusals).values()
        if isinstance(value, type)
        and issubclass(value, refusals.LedgerRefusal)
        and value is not refusals.LedgerRefusal
    }
    assert codes <= set(RefusalCode)


def test_topics_are_short_and_have_a_version():
    assert all(re.fullmatch(r"[a-z_]+\.v\d+", topic) for topic in TOPICS)
