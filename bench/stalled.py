"""Three hundred phones that stop in the middle of an upload, and nginx, which keeps them away from the workers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.exchange import HOST, fetch, open_and_send
from bench.servers import Application, Server, free_port, serving
from tests.faults.gateway import Gateway

UPLOADS = 300
UPLOAD_BYTES = 200_000
# Where requests wait in production too: in memory.
MEMORY = Path("/dev/shm")


@contextmanager
def behind_nginx(application: Application, config: tuple[str, ...]) -> Iterator[tuple[Server, Server]]:
    """An instance as the shipped gateway shows it, without TLS, which the load client does not speak; and bare."""
    port = free_port()
    with (
        serving(application, config, public_port=port) as bare,
        TemporaryDirectory(prefix="bench-", dir=MEMORY if MEMORY.is_dir() else None) as folder,
        Gateway(bare.port, Path(folder, "nginx"), bare.form_path, is_plain=True, port=port),
    ):
        yield replace(bare, port=port), bare


@contextmanager
def stalled_uploads(server: Server) -> Iterator[None]:
    """Each sends one half of its body and then nothing; refuses to go on if the server has given one of them up."""
    half = _head(server) + b"\xff" * (UPLOAD_BYTES // 2)
    with ExitStack() as stack:
        uploads = [stack.enter_context(open_and_send(server.port, half)) for _ in range(UPLOADS)]
        yield
        answered, _, _ = select(uploads, [], [], 0)
        if answered:
            raise RuntimeError(f"{len(answered)} of {UPLOADS} uploads did not stay open")


def ms_to_form(server: Server) -> float:
    """For one page; as long as the client has waited where there is no answer."""
    began = perf_counter()
    with suppress(TimeoutError):
        fetch(server.port, server.form_path)
    return 1000 * (perf_counter() - began)


def _head(server: Server) -> bytes:
    lines = (
        f"POST {server.form_path} HTTP/1.1",
        f"Host: {HOST}:{server.port}",
        "Content-Type: multipart/form-data; boundary=part",
        f"Content-Length: {UPLOAD_BYTES}",
    )
    return "\r\n".join([*lines, "", ""]).encode()
