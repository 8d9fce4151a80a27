"""The network connection under a request: cut it, or notice that the caller went away."""

import asyncio

from fastapi import Request, Response


async def cut(request: Request) -> Response:
    """Reset the connection without an answer; the response returned reaches nobody."""
    # uvicorn's request object is what `receive` is bound to, and it holds the socket.
    cycle = getattr(request.receive, "__self__", None)
    abort = getattr(getattr(cycle, "transport", None), "abort", None)
    if not callable(abort):
        raise TypeError("a connection can be cut only under uvicorn")
    abort()
    await gone(request)
    return Response()


async def gone(request: Request) -> None:
    """Wait until the caller has gone; the body must have been read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def released_or_gone(request: Request, released: asyncio.Event) -> bool:
    """Return True when released, False when the caller went away first."""
    going = asyncio.ensure_future(gone(request))
    releasing = asyncio.ensure_future(released.wait())
    try:
        await asyncio.wait({going, releasing}, return_when=asyncio.FIRST_COMPLETED)
        return not going.done()
    finally:
        going.cancel()
        releasing.cancel()
