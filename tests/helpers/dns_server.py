"""A real DNS server on this machine, over UDP, that answers by name, slowly or not at all."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

NOT_KNOWN, SERVER_FAILED = 3, 2
# The types A and AAAA.
_KINDS = {socket.AF_INET: 1, socket.AF_INET6: 28}
# What a name gets: an address, a response code, or no answer.
Answer = str | int | None


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, answers: Mapping[str, Answer], asked: Counter[str]) -> None:
        self._answers = answers
        self._asked = asked

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, client: tuple[str, int]) -> None:
        labels, place = [], 12
        while length := data[place]:
            labels.append(data[place + 1 : place + 1 + length].decode("ascii").lower())
            place += 1 + length
        name, end = ".".join(labels), place + 5
        (kind,) = struct.unpack_from("!H", data, place + 1)
        self._asked[name] += 1
        answer = self._answers.get(name, NOT_KNOWN)
        if answer is None:
            return
        code = answer if isinstance(answer, int) else 0
        family = socket.AF_INET6 if isinstance(answer, str) and ":" in answer else socket.AF_INET
        has_address = isinstance(answer, str) and kind == _KINDS[family]
        header = data[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, int(has_address), 0, 0)
        record = b""
        if isinstance(answer, str) and has_address:
            data_of = socket.inet_pton(family, answer)
            # A pointer to the name, the type, class IN, for a minute.
            record = struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(data_of)) + data_of
        self._transport.sendto(header + data[12:end] + record, client)


@contextmanager
def run_dns(answers: Mapping[str, Answer]) -> Iterator[tuple[str, Counter[str]]]:
    """Yield the address of the server, as ``"127.0.0.1:5353"``, and how often it was asked what."""
    asked: Counter[str] = Counter()
    loop = asyncio.new_event_loop()
    transport, _ = loop.run_until_complete(
        loop.create_datagram_endpoint(
            lambda: _Protocol(answers, asked), local_addr=("127.0.0.1", 0)
        )
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield "127.0.0.1:{}".format(transport.get_extra_info("sockname")[1]), asked
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        transport.close()
        # Only on the next turn of the loop is the socket closed.
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
