"""Who is told what: each program sees its own settings and credentials and nobody else's."""

import sys
from pathlib import Path

import pytest

from contracts.topology import Service
from infra.local import beside
from infra.local.composition import compose
from infra.local.environment import environment, for_own_stack
from infra.local.errors import StackError
from infra.local.layout import Layout, layout_at
from infra.local.state import state_now, write_state
from infra.local.steps import Act, Program
from ledger.heads.key import public_half, read_key

GIVEN = {
    "PATH": "/usr/bin",
    "HOME": "/home/me",
    "PYTHONDONTWRITEBYTECODE": "1",
    "AWS_SECRET_ACCESS_KEY": "theirs",
    "LEDGER_WELCOME_CREDITS": "3",
    "VIDEOGEN_PROVIDER": "local",
    "BOT_TERMS_URL": "about:blank",
    "SANDBOX_SPEED": "2",
    "LOG_JSON": "1",
    "https_proxy": "proxy",
}
SERVICES = ("ledger", "videogen", "sandbox", "bot")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = layout_at(tmp_path / "stack")
    layout.make()
    return layout


def programs(layout: Layout, environ: dict[str, str]) -> dict[str, Program]:
    steps = compose(layout, environ).steps
    return {step.program.name: step.program for step in steps if not isinstance(step, Act)}


def test_the_page_knows_the_plans_that_the_ledger_sells_and_no_setting_more_of_it(layout: Layout):
    given = {**GIVEN, "LEDGER_PLANS": "plans.toml", "LEDGER_STARS": "1"}
    found = programs(layout, given)
    assert {"LEDGER_PLANS", "LEDGER_STARS"} <= set(found["ledger"].environment)
    told = found["sandbox"].environment
    assert {name for name in told if name.startswith("LEDGER_")} == {"LEDGER_PLANS"}


def test_the_programs_start_in_the_order_in_which_they_need_each_other(layout: Layout):
    expected = ["postgres", "nats", "migrate", "signer", *SERVICES]
    assert list(programs(layout, GIVEN)) == expected


def test_only_the_ledger_is_told_where_the_database_is(layout: Layout):
    found = programs(layout, GIVEN)
    with_database = {name for name, p in found.items() if "DATABASE_URL" in p.environment}
    assert with_database == {"migrate", "signer", "ledger"}
    assert "ledger_owner:" in found["migrate"].environment["DATABASE_URL"]
    assert "ledger_service:" in found["ledger"].environment["DATABASE_URL"]
    assert "ledger_reader:" in found["signer"].environment["DATABASE_URL"]
    assert "ledger_reader:" in found["sandbox"].environment["SANDBOX_DATABASE_URL"]
    told = [text for name in ("videogen", "bot") for text in found[name].environment.values()]
    assert not [text for text in told if "postgres" in text]


def test_each_service_has_its_own_key(layout: Layout):
    found = programs(layout, GIVEN)
    names = [Path(found[name].environment["NATS_SEED_FILE"]).name for name in SERVICES]
    assert names == ["ledger.nk", "videogen.nk", "operator.nk", "bot.nk"]


def test_only_the_signer_is_told_where_its_key_is(layout: Layout):
    found = programs(layout, GIVEN)
    key_file = str(layout.signing_key_file)
    assert [n for n, p in found.items() if key_file in p.environment.values()] == ["signer"]
    secret = layout.signing_key_file.read_text().strip()
    told = [text for program in found.values() for text in program.environment.values()]
    assert not [text for text in told if secret in text]
    assert "LEDGER_HEADS_KEY" not in found["signer"].environment


def test_the_ledger_believes_the_heads_of_this_stack_s_signer_alone(layout: Layout):
    found = programs(layout, GIVEN)
    ledger, signer = found["ledger"].environment, found["signer"].environment
    assert ledger["LEDGER_HEADS_FILE"] == signer["LEDGER_HEADS_FILE"] == str(layout.heads_file)
    assert ledger["LEDGER_HEADS_KEY"] == public_half(read_key(layout.signing_key_file))
    again = programs(layout, GIVEN)["ledger"].environment
    assert again["LEDGER_HEADS_KEY"] == ledger["LEDGER_HEADS_KEY"]
    assert not layout.heads_file.is_relative_to(layout.postgres)


def test_each_service_sees_its_own_settings_and_no_foreign_secret(layout: Layout):
    found = programs(layout, GIVEN)
    settings = ("LEDGER_WELCOME_CREDITS", "VIDEOGEN_PROVIDER", "BOT_TERMS_URL")
    seen = {name: [s for s in settings if s in found[name].environment] for name in found}
    assert seen == {
        "postgres": [],
        "nats": [],
        "migrate": [],
        "signer": [],
        "ledger": ["LEDGER_WELCOME_CREDITS"],
        "videogen": ["VIDEOGEN_PROVIDER"],
        "sandbox": [],
        "bot": ["BOT_TERMS_URL"],
    }
    assert not [p for p in found.values() if "AWS_SECRET_ACCESS_KEY" in p.environment]
    assert all(found[name].environment["LOG_JSON"] == "1" for name in SERVICES)
    assert found["bot"].environment["https_proxy"] == "proxy"
    assert "SANDBOX_SPEED" not in found["bot"].environment


def test_without_a_token_the_bot_speaks_to_the_emulator(layout: Layout):
    found = programs(layout, GIVEN)
    bot, sandbox = found["bot"].environment, found["sandbox"].environment
    assert bot["TELEGRAM_API_URL"] == f"http://127.0.0.1:{sandbox['SANDBOX_PORT']}"
    assert bot["TELEGRAM_BOT_TOKEN"] == sandbox["TELEGRAM_BOT_TOKEN"]
    assert bot["TELEGRAM_BOT_TOKEN"].startswith("42:SANDBOX")
    assert "SANDBOX_BOT_IS_REAL" not in sandbox


def test_a_real_token_sends_the_bot_to_telegram_and_nobody_else_sees_it(layout: Layout):
    found = programs(layout, {**GIVEN, "TELEGRAM_BOT_TOKEN": "7:real"})
    assert found["bot"].environment["TELEGRAM_BOT_TOKEN"] == "7:real"
    assert "TELEGRAM_API_URL" not in found["bot"].environment
    assert found["sandbox"].environment["SANDBOX_BOT_IS_REAL"] == "1"
    others = [p for name, p in found.items() if name != "bot"]
    assert not [p for p in others if "7:real" in p.environment.values()]


def test_without_a_key_videogen_asks_the_emulated_kie(layout: Layout):
    found = programs(layout, {**GIVEN, "VIDEOGEN_PROVIDER": "kie", "SANDBOX_KIE_SCALE": "50"})
    videogen, sandbox = found["videogen"].environment, found["sandbox"].environment
    base = f"http://127.0.0.1:{sandbox['SANDBOX_PORT']}/kie"
    assert videogen["KIE_API_KEY"] == sandbox["SANDBOX_KIE_KEY"]
    assert (videogen["KIE_API_URL"], videogen["KIE_UPLOAD_URL"]) == (
        f"{base}/api",
        f"{base}/upload",
    )
    port = videogen["KIE_CALLBACK_PORT"]
    assert videogen["KIE_CALLBACK_URL"] == f"http://127.0.0.1:{port}"
    assert port != sandbox["SANDBOX_PORT"]
    assert (sandbox["SANDBOX_KIE_SCALE"], videogen["KIE_POLL_S"]) == ("50", "0.1")
    assert "127.0.0.1" in videogen["NO_PROXY"]
    others = [p for name, p in found.items() if name not in ("videogen", "sandbox")]
    assert not [p for p in others if videogen["KIE_API_KEY"] in p.environment.values()]


def test_with_a_key_videogen_asks_the_real_kie_and_nobody_else_sees_it(layout: Layout):
    theirs = {"VIDEOGEN_PROVIDER": "kie", "KIE_API_KEY": "theirs-alone", "KIE_OFFER": "wan"}
    found = programs(layout, {**GIVEN, **theirs})
    videogen = found["videogen"].environment
    told = {name: value for name, value in videogen.items() if name.startswith("KIE_")}
    assert told == {"KIE_API_KEY": "theirs-alone", "KIE_OFFER": "wan"}
    others = [p for name, p in found.items() if name != "videogen"]
    assert not [p for p in others if "theirs-alone" in p.environment.values()]


def test_the_local_provider_is_told_nothing_of_kie(layout: Layout):
    environment = programs(layout, GIVEN)["videogen"].environment
    assert not [name for name in environment if name.startswith("KIE_")]


def test_a_stack_of_ones_own_takes_no_settings_from_around():
    own = for_own_stack({**GIVEN, "DATABASE_URL": "x", "TELEGRAM_BOT_TOKEN": "y", "PG_BIN": "z"})
    assert sorted(own) == [
        *("HOME", "LOG_JSON", "PATH", "PG_BIN", "PYTHONDONTWRITEBYTECODE", "https_proxy")
    ]


@pytest.mark.parametrize(
    ("asked", "got"), [("ERROR", "INFO"), ("warning", "INFO"), ("DEBUG", "DEBUG")]
)
def test_readiness_is_never_too_quiet_to_be_heard(asked: str, got: str):
    assert environment("bot", {"LOG_LEVEL": asked}, {})["LOG_LEVEL"] == got


def test_servers_of_somebody_else_are_used_and_not_started(layout: Layout, tmp_path: Path):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for service in Service:
        (seeds / f"{service}.nk").write_text("seed")
    theirs = {
        **GIVEN,
        "DATABASE_URL": "postgresql://boss:secret@db.example:5433/shop?sslmode=require",
        "NATS_URL": "nats://nats.example:4222",
        "NATS_SEEDS_DIR": str(seeds),
    }
    made = compose(layout, theirs)
    found = {step.program.name: step.program for step in made.steps if not isinstance(step, Act)}
    assert list(found) == ["migrate", "signer", *SERVICES]
    url = found["ledger"].environment["DATABASE_URL"]
    assert url.startswith("postgresql://ledger_service:")
    assert url.endswith("@db.example:5433/shop?sslmode=require")
    assert "secret" not in url
    assert found["bot"].environment["NATS_URL"] == "nats://nats.example:4222"
    assert found["bot"].environment["NATS_SEED_FILE"] == str(seeds / "bot.nk")
    other = layout_at(tmp_path / "other")
    other.make()
    # Roles are shared by the whole server, so two stacks must agree on their passwords.
    assert compose(other, theirs).places.database_url == made.places.database_url


def test_a_lacking_seed_is_named(layout: Layout, tmp_path: Path):
    environ = {**GIVEN, "NATS_URL": "nats://nats.example:4222", "NATS_SEEDS_DIR": str(tmp_path)}
    with pytest.raises(StackError, match=r"lacks ledger\.nk, videogen\.nk, bot\.nk, operator\.nk"):
        compose(layout, environ)


def test_a_command_beside_a_stack_gets_its_addresses_unless_it_has_its_own(layout: Layout):
    assert beside.operators_environment(layout, GIVEN) == GIVEN
    places = compose(layout, GIVEN).places
    write_state(layout, state_now(places, "ready", {}))
    told = beside.operators_environment(layout, GIVEN)
    assert told["DATABASE_URL"] == places.service_database_url
    assert told["OWNER_DATABASE_URL"] == places.owner_database_url
    assert told["LEDGER_HEADS_FILE"] == places.heads_file
    assert told["LEDGER_HEADS_KEY"] == places.heads_key
    assert told["NATS_URL"] == places.nats_url
    assert told["NATS_SEED_FILE"].endswith("operator.nk")
    own = {**GIVEN, "DATABASE_URL": "mine", "NATS_URL": "mine"}
    assert beside.operators_environment(layout, own) == own
    assert beside.operators_environment(layout, own, Service.VIDEOGEN) == own


def test_the_console_of_a_service_has_the_rights_of_the_service(layout: Layout):
    places = compose(layout, GIVEN).places
    write_state(layout, state_now(places, "ready", {}))
    for environ in (GIVEN, {**GIVEN, "NATS_URL": places.nats_url}):
        told = beside.operators_environment(layout, environ, Service.VIDEOGEN)
        assert told["NATS_SEED_FILE"].endswith("videogen.nk")
    own = {**GIVEN, "NATS_SEED_FILE": "mine", "NATS_URL": places.nats_url}
    assert beside.operators_environment(layout, own, Service.VIDEOGEN)["NATS_SEED_FILE"] == "mine"


def test_only_the_console_of_the_bot_hears_the_stacks_own_telegram(layout: Layout):
    write_state(layout, state_now(compose(layout, GIVEN).places, "ready", {}))
    environ = {name: value for name, value in GIVEN.items() if not name.startswith("TELEGRAM_")}
    told = beside.operators_environment(layout, environ, Service.BOT)
    assert told["NATS_SEED_FILE"].endswith("bot.nk")
    assert {"TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL"} <= set(told)
    others = beside.operators_environment(layout, environ, Service.VIDEOGEN)
    assert "TELEGRAM_BOT_TOKEN" not in others


@pytest.mark.parametrize("provider", ["local", "kie"])
@pytest.mark.parametrize("name", beside.IDENTITIES)
def test_a_service_beside_a_stack_is_told_what_the_stacks_own_is_told(
    layout: Layout, name: str, provider: str
):
    given = {**GIVEN, "VIDEOGEN_PROVIDER": provider}
    made = compose(layout, given)
    write_state(layout, state_now(made.places, "ready", {}))
    told = beside.service_environment(name, layout, given)
    [of_stack] = [
        step.program.environment
        for step in made.steps
        if not isinstance(step, Act) and step.program.name == name
    ]
    sandboxed = {
        "SANDBOX_FAULTS_DIR",
        "SANDBOX_SPEED",
        "SANDBOX_PORT",
        "SANDBOX_DIR",
        "SANDBOX_YOOKASSA_NOTIFICATION_URL",
        "LEDGER_HTTP_PORT",
        "VIDEOGEN_DRAIN_S",
    }
    assert {k: v for k, v in told.items() if k not in sandboxed} == {
        k: v for k, v in of_stack.items() if k not in sandboxed
    }


def test_a_service_alone_needs_to_know_where_nats_is(layout: Layout):
    with pytest.raises(
        StackError, match=r"no stack runs in .*: start ./justw demo, or set NATS_URL"
    ):
        beside.service_environment("bot", layout, GIVEN)
    own = {**GIVEN, "NATS_URL": "nats://nats.example:4222"}
    assert beside.service_environment("bot", layout, own) == own


def test_modules_are_run_without_the_current_folder(layout: Layout):
    for name, program in programs(layout, GIVEN).items():
        if name not in ("postgres", "nats"):
            assert program.command[:3] == (sys.executable, "-P", "-m")


def test_without_a_shop_the_ledger_asks_the_emulated_yookassa(layout: Layout):
    found = programs(layout, GIVEN)
    ledger, sandbox = found["ledger"].environment, found["sandbox"].environment
    page_url = f"http://127.0.0.1:{sandbox['SANDBOX_PORT']}"
    assert ledger["YOOKASSA_API_URL"] == f"{page_url}/yookassa/v3"
    assert ledger["YOOKASSA_SHOP_ID"] == sandbox["SANDBOX_YOOKASSA_SHOP_ID"]
    assert ledger["YOOKASSA_SECRET_KEY"] == sandbox["SANDBOX_YOOKASSA_SECRET"]
    assert ledger["YOOKASSA_RETURN_URL"] == page_url
    assert ledger["YOOKASSA_TEST_PAYMENTS"] == "1"
    webhook = f"http://127.0.0.1:{ledger['LEDGER_HTTP_PORT']}/webhooks/yookassa"
    assert sandbox["SANDBOX_YOOKASSA_NOTIFICATION_URL"] == webhook
    assert "127.0.0.1" in ledger["NO_PROXY"]
    others = [p for name, p in found.items() if name not in ("ledger", "sandbox")]
    assert not [p for p in others if ledger["YOOKASSA_SECRET_KEY"] in p.environment.values()]


def test_with_a_shop_the_ledger_asks_the_real_yookassa_and_nobody_else_sees_it(layout: Layout):
    theirs = {"YOOKASSA_SHOP_ID": "54401", "YOOKASSA_SECRET_KEY": "live_theirs"}
    found = programs(layout, {**GIVEN, **theirs})
    ledger = found["ledger"].environment
    assert {k: v for k, v in ledger.items() if k.startswith("YOOKASSA_")} == theirs
    others = [p for name, p in found.items() if name != "ledger"]
    assert not [p for p in others if "live_theirs" in p.environment.values()]


def test_the_console_asks_the_shop_that_the_ledger_of_the_stack_asks(layout: Layout):
    made = compose(layout, GIVEN)
    write_state(layout, state_now(made.places, "ready", {}))
    told = beside.operators_environment(layout, GIVEN)
    assert (
        told["YOOKASSA_SECRET_KEY"]
        == programs(layout, GIVEN)["ledger"].environment["YOOKASSA_SECRET_KEY"]
    )
    own = {**GIVEN, "YOOKASSA_SHOP_ID": "54401"}
    assert "YOOKASSA_API_URL" not in beside.operators_environment(layout, own)
