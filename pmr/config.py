"""Settings: the only module that reads the environment, and the files of settings that may be secret."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from pmr.errors import ConfigError

DEFAULT_FILE = Path("pmr.toml")


@dataclass(frozen=True)
class Config:
    """Every setting, its default and its variable: `rpc_url` is `PMR_RPC_URL` and, in the file, `rpc_url`."""

    state: Path = Path(".pmr")
    """Folder of the local chain, the server's database and its blocks."""
    home: Path = Path("~/.pmr")
    """Folder of a doctor: vaults, and what resumes an interrupted upload."""
    network: str = "local"
    """A name in the networks file."""
    networks_file: str = ""
    """Path of a networks file; empty for the one that is shipped."""
    rpc_url: str = field(default="", repr=False)
    """JSON-RPC endpoint, or several with spaces between, asked in order; empty for those of the network."""
    rpc_url_file: str = ""
    """File with `rpc_url`, for one that holds a provider's key; for its owner alone."""
    deployments: Path = Path("deployments")
    """Folder of the deployment files of networks that are not local."""
    deployment: str = ""
    """Path of the deployment file; empty for the network's own."""
    deploy_key_file: str = ""
    """File, for its owner alone, with the private key in hex that `pmr deploy` pays with."""
    host: str = "127.0.0.1"
    """Address that the server listens on."""
    port: int = 5000
    """Port that the server listens on; `PORT` sets it too."""
    rpc_port: int = 8545
    """Port of the local chain that `pmr up` starts."""
    public_url: str = ""
    """Where browsers find the server; sign-in texts name it. Empty for http(s)://host:port."""
    tls_certificate: str = ""
    """PEM file of the certificate and those above it; with `tls_key` the server speaks TLS itself."""
    tls_key: str = ""
    """PEM file of the certificate's key, without a password."""
    trusted_proxies: str = ""
    """Addresses or networks of reverse proxies, with commas between; only they are believed about clients."""
    metrics_host: str = "127.0.0.1"
    """Address that Prometheus' metrics are given at; not for the public."""
    metrics_port: int = 0
    """Port of Prometheus' metrics; 0 for none."""
    server_url: str = ""
    """Server that a doctor's commands talk to. Empty for `public_url`."""
    server_ca: str = ""
    """PEM file of the authorities that vouch for the server's certificate; empty for the public ones."""
    database_url: str = field(default="", repr=False)
    """SQLAlchemy URL; empty for a SQLite file in `state`."""
    database_url_file: str = ""
    """File with `database_url`, for one that holds a password; for its owner alone."""
    kubo: str = ""
    """RPC of a Kubo node that keeps the blocks, as `/ip4/127.0.0.1/tcp/5001/http`; empty for a folder."""
    quota_bytes: int = 50 << 30
    """Bytes that one account may keep on the server, registered records too; 0 for no limit."""
    accounts_file: str = ""
    """Path of the list of accounts that may sign in, one address a line; empty for everybody."""
    min_free_bytes: int = 1 << 30
    """Bytes of the disk under `state` that uploads leave free; 0 for none."""
    solc: str = ""
    """A solc program; empty for the npm compiler."""
    node_modules: Path = Path("node_modules")
    """Where npm's packages are: compiler, OpenZeppelin's contracts, anvil."""

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, file: Path | None = None) -> Self:
        """Read the file (`PMR_CONFIG`, else pmr.toml if any), then the environment; raise `ConfigError`."""
        env = dict(os.environ if environment is None else environment)
        values = _read_file(file or Path(env.get("PMR_CONFIG", DEFAULT_FILE)), "PMR_CONFIG" in env)
        values |= _read_environment(env)
        values |= _read_secrets(values)
        return cls(**{name: _convert(name, value) for name, value in values.items()})

    @property
    def server_address(self) -> str:
        """The URL that a doctor's commands use."""
        return self.server_url or self.public_address  # a client signs in under no other name

    @property
    def public_address(self) -> str:
        """The URL that sign-in texts name."""
        scheme = "https" if self.tls_certificate else "http"
        return self.public_url or f"{scheme}://{bracketed(self.host)}:{self.port}"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.state / 'server.sqlite'}"


def bracketed(host: str) -> str:
    """A host as URLs want it: an IPv6 address between brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]" if ":" in host else host


_NAMES = {setting.name for setting in fields(Config)}
_MAY_BE_SECRET = ("database_url", "rpc_url")


def _read_file(path: Path, required: bool) -> dict[str, Any]:
    if not required and not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    if unknown := sorted(values.keys() - _NAMES):
        raise ConfigError(f"{path} has unknown settings: {', '.join(unknown)}.")
    return values


def _read_environment(env: Mapping[str, str]) -> dict[str, Any]:
    known = {f"PMR_{name.upper()}": name for name in _NAMES}
    if unknown := sorted(
        name for name in env if name.startswith("PMR_") and name not in {*known, "PMR_CONFIG"}
    ):
        raise ConfigError(f"The environment has unknown settings: {', '.join(unknown)}.")
    found = {name: env[variable] for variable, name in known.items() if variable in env}
    if "PORT" in env:
        found.setdefault("port", env["PORT"])
    return found


def _read_secrets(values: Mapping[str, Any]) -> dict[str, str]:
    """The settings that stand in a file of their own."""
    given = {name: values[f"{name}_file"] for name in _MAY_BE_SECRET if values.get(f"{name}_file")}
    for name in given:
        if values.get(name):
            raise ConfigError(f"Set {name} or {name}_file, not both.")
    return {
        name: _read_secret(f"{name}_file", Path(_convert(f"{name}_file", path)).expanduser())
        for name, path in given.items()
    }


def _read_secret(name: str, path: Path) -> str:
    try:
        found = path.stat()
        # What root owns may be for a group: so systemd hands credentials to a service.
        allowed = 0o740 if found.st_uid == 0 else 0o700
        if stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) & ~allowed:
            raise ConfigError(f"Others may use {path}, which {name} names: `chmod 600 {path}` first.")
        return path.read_text("utf8").strip()
    except OSError as error:
        raise ConfigError(f"{name}: {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name}: {path} is not text.") from None


def _convert(name: str, value: Any) -> Any:
    default = getattr(Config, name)
    if isinstance(default, int):
        return _count(name, value) if name.endswith("_bytes") else _port(name, value, lowest=min(default, 1))
    if not isinstance(value, str):
        raise ConfigError(f"{name} must be text, not {value!r}.")
    return Path(value).expanduser() if isinstance(default, Path) else value


def _count(name: str, value: Any) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ConfigError(f"{name} must be a whole number from 0, not {value!r}.")
    return int(text)


def _port(name: str, value: Any, lowest: int) -> int:
    text = str(value)
    if not text.isdigit() or not lowest <= int(text) < 65536:
        raise ConfigError(f"{name} must be a port from {lowest} to 65535, not {value!r}.")
    return int(text)
