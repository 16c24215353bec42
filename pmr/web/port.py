"""Whether the server can have its port. Quick to import: `pmr up` asks before all else."""

from __future__ import annotations

import socket

from pmr.errors import PortTaken


def check_port(host: str, port: int, setting: str = "PMR_PORT") -> None:
    """Raise `PortTaken` before anything is started: the server would only find out later."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"{host}:{port}: {error.strerror}. Set {setting} to another one.") from None
