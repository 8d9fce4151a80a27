"""`python -m infra.sandbox`: Telegram on this machine, and the page to use it from."""

from contracts.service import run_service
from infra.sandbox.main import serve

if __name__ == "__main__":
    run_service(serve, name="sandbox")
