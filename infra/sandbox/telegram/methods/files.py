"""getFile: a link to what a person sent, for an hour and up to 20 MB."""

from infra.sandbox.telegram.json_types import Json
from infra.sandbox.telegram.methods.call import Call
from infra.sandbox.telegram.refusals import BadRequest
from infra.sandbox.telegram.world import TelegramWorld

DOWNLOAD_BYTES_MAX = 20 * 1024 * 1024


async def get_file(world: TelegramWorld, call: Call) -> Json:
    file = world.files.find(call.get("file_id"))
    if file is None:
        raise BadRequest("wrong file_id or the file is temporarily unavailable")
    if file.size_bytes > DOWNLOAD_BYTES_MAX:
        raise BadRequest("file is too big")
    until = world.now() + world.timing.file_link_s
    return {
        "file_id": file.file_id,
        "file_unique_id": file.file_unique_id,
        "file_size": file.size_bytes,
        "file_path": world.files.open_link(file, until=until),
    }
