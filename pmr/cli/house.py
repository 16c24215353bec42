"""What `pmr up` does once its server is on the way: the chain, the contracts, the story, the watch."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from pmr.chain.node import accounts
from pmr.chain.registry import RecordRegistry
from pmr.cli.child import ServerProcess
from pmr.cli.deploy_shown import deployment_data
from pmr.cli.doctors import Cast
from pmr.cli.local import Running, running
from pmr.cli.marker import Marker
from pmr.cli.screen import Screen
from pmr.cli.stopping import Stopping
from pmr.cli.story import FILES, Step, Story
from pmr.config import Config
from pmr.types import RecordId

EXAMPLES = Path(__file__).parents[2] / "examples"
_POLL = 0.5


class House:
    """Everything on one machine."""

    def __init__(
        self, config: Config, server: ServerProcess, say: Callable[[str], None], *, as_json: bool
    ) -> None:
        """Take a server that was started, and how to say things to people."""
        self._config = config
        self._server = server
        self._screen = Screen(say)
        self._as_json = as_json
        self._marker = Marker(config.state / "story.json")
        self._steps: Sequence[Step] = ()

    def run(self, stopping: Stopping, *, story: bool) -> None:
        """Run until a signal; raise `ProgramEnded` when chain or server ends, and as `running`."""
        with running(self._config, self._server, stopping, self._screen.deploying) as everything:
            record = self._story(everything) if story else None
            self._tell(everything, record)
            while True:
                time.sleep(_POLL)
                everything.check()

    def _story(self, everything: Running) -> RecordId | None:
        """Play it, unless it was played to its end on this chain."""
        record = self._marker.read(RecordRegistry(everything.w3, everything.deployment))
        if record is not None:
            return record
        if not all((EXAMPLES / name).exists() for name in FILES):
            self._screen.no_story()
            return None
        return self._play(everything)

    def _play(self, everything: Running) -> RecordId:
        address = self._config.server_address
        cast = Cast(self._config.state / "doctors", everything.w3, everything.deployment, address)
        cast.write_secret()
        self._screen.begin_story()
        played = Story(cast, EXAMPLES, self._screen.step).play()
        self._steps = played.steps
        self._marker.write(played.record, played.root)
        return played.record

    def _tell(self, everything: Running, record: RecordId | None) -> None:
        self._screen.try_it(self._config, record, accounts(4)[3].address)
        self._screen.ready(self._config)
        if self._as_json:
            click.echo(json.dumps(self._document(everything, record), indent=2))

    def _document(self, everything: Running, record: RecordId | None) -> dict[str, object]:
        return {
            "url": self._config.public_address,
            "rpc": everything.node.url,
            **deployment_data(everything.deployment),
            "record": str(record) if record else None,
            "story": [step.data() for step in self._steps],
        }
