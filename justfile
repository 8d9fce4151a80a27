set quiet
set no-exit-message
set positional-arguments
# Only the .env beside this file: with no other name to find, just does not search the folders above.
set dotenv-path := ".env"
set dotenv-filename := "/dev/null"

root := justfile_directory()
export PATH := root / ".venv/bin:" + env("PATH")

# List the recipes
[private]
list:
    "{{ just_executable() }}" --justfile "{{ justfile() }}" --list --unsorted --list-heading ''

# Start everything and open a page where you chat with the bot
demo *ARGS:
    exec python -P -m infra.local demo "$@"

# Lint and run every test, or run pytest with the given arguments
test *ARGS:
    if [ $# -gt 0 ]; then exec python -P -m pytest "$@"; fi; \
    "{{ just_executable() }}" --justfile "{{ justfile() }}" lint && \
    exec python -P -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Hunt with far more examples than test: --hours H (one round without), --seed N to repeat a round
test-deep *ARGS:
    exec python -P -m tests.deep "$@"

# Do what a person does on the page and print the story (--json, --photo FILE, --out DIR, --keep)
[no-cd]
journey *ARGS:
    exec python -P -m infra.sandbox.journey "$@"

# Order videos while the provider fails and services die, then prove the books (--cycles, --faults …)
[no-cd]
soak *ARGS:
    exec python -P -m infra.sandbox.soak "$@"

# Check format, style, types and who imports whom
lint:
    ruff format --check --quiet
    ruff check --quiet
    pyright
    lint-imports --no-logo

# Format the code and repair what ruff can
fmt:
    ruff check --fix-only --quiet
    ruff format --quiet
    ruff check --quiet

# Ask or tell the ledger: audit verify, balance, history, jobs, grant, projections, rebuild …
[no-cd]
ledger *ARGS:
    exec python -P -m infra.local exec -- python -P -m ledger "$@"

# Ask or tell the video workers: queue, jobs, job, redo, cancel, workers, providers; or render a photo
[no-cd]
videogen *ARGS:
    exec python -P -m infra.local exec --as videogen -- python -P -m videogen "$@"

# Tell the bot: refund-stars CHARGE_ID --user ID gives one payment in Stars back
[no-cd]
bot *ARGS:
    exec python -P -m infra.local exec --as bot -- python -P -m bot "$@"

# Run one service in the foreground beside a running demo: ledger, videogen, bot or sandbox
run SERVICE:
    exec python -P -m infra.local run "$1"

# Measure how fast the ledger is, beside the stock library and bare PostgreSQL (--quick, --show)
[no-cd]
bench *ARGS:
    exec python -P -m bench "$@"

# Take the picture of the page that README.md shows
[no-cd]
screenshot *ARGS:
    exec python -P -m infra.sandbox.screenshot "$@"

# Stop what runs in this folder and remove its data and caches
clean:
    exec python -P -m infra.local clean

# Write requirements.lock anew from pyproject.toml
lock:
    uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --no-annotate -q -o requirements.lock
    ! grep -n '://' requirements.lock
