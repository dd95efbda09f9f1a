"""Loopback networks of test users: rate limits count by network, and each user has one."""

import asyncio
import itertools
import os
import socket
import struct
import threading
from asyncio import StreamReader, StreamWriter

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_NETWORKS = itertools.count()
# Several workers may share a local cloud: none may use the networks of another.
_BLOCKS_PER_WORKER, _NETWORKS_PER_BLOCK = 8, 250
_LOCAL = ("localhost", "127.0.0.1")
_NO_AUTHENTICATION, _SUCCEEDED, _NOT_ALLOWED = b"\x05\x00", 0, 2
_IPV4, _NAME = 1, 3


def new_network() -> str:
    """Return an address in an unused loopback network."""
    block, number = divmod(next(_NETWORKS), _NETWORKS_PER_BLOCK)
    return f"127.{_WORKER * _BLOCKS_PER_WORKER + block}.{number + 2}.1"


class Networks:
    """SOCKS proxies for browser profiles, which cannot choose an address themselves; one thread for all.

    A proxy connects to this machine only; requests of a page to other hosts fail.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="networks", daemon=True)
        self._thread.start()

    def open(self) -> str:
        """Return the address of a proxy whose connections come from a separate network."""
        return asyncio.run_coroutine_threadsafe(self._listen(new_network()), self._loop).result()

    def close(self) -> None:
        """End the thread and with it every connection."""
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self, address: str) -> str:
        async def serve(reader: StreamReader, writer: StreamWriter) -> None:
            try:
                await _forward(reader, writer, address)
            except (OSError, asyncio.IncompleteReadError):
                pass  # a closed page, or a cloud that was stopped: the browser sees the same
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        return f"socks5://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _forward(reader: StreamReader, writer: StreamWriter, address: str) -> None:
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(_NO_AUTHENTICATION)
    host, port = await _destination(reader)
    if host not in _LOCAL:
        writer.write(_answer(_NOT_ALLOWED))
        await writer.drain()
        return
    there = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    writer.write(_answer(_SUCCEEDED))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_pipe(reader, there[1]))
            group.create_task(_pipe(there[0], writer))
    except* OSError:
        pass
    finally:
        there[1].close()


async def _destination(reader: StreamReader) -> tuple[str, int]:
    *_, kind = await reader.readexactly(4)
    if kind == _IPV4:
        host = socket.inet_ntoa(await reader.readexactly(4))
    elif kind == _NAME:
        (length,) = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode()
    else:
        host = socket.inet_ntop(socket.AF_INET6, await reader.readexactly(16))
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    return host, port


def _answer(code: int) -> bytes:
    return struct.pack("!BBBB4sH", 5, code, 0, _IPV4, bytes(4), 0)


async def _pipe(source: StreamReader, sink: StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()
