"""The part of every control side that tells the fault rules, ends them, and releases held calls.

Adding one takes the emulator's own kind of rule, so each says that itself.
"""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, HTTPException

from infra.sandbox.rules import RulesAtWork
from infra.sandbox.telegram.json_types import Json


def add_fault_routes(router: APIRouter, faults: Callable[[], RulesAtWork[Any, Any]]) -> None:
    """`faults` gives the rules of now: a reset may put others in their place."""

    @router.get("/faults")
    async def listed() -> list[Json]:
        return faults().listed()

    @router.delete("/faults")
    async def clear() -> list[Json]:
        faults().clear()
        return faults().listed()

    @router.post("/faults/{fault_id}/release")
    async def release(fault_id: int) -> list[Json]:
        if not faults().release(fault_id):
            raise HTTPException(404, f"there is no fault {fault_id}")
        return faults().listed()
