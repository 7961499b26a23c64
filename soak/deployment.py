"""The deployment that is soaked: its functions, tables and mappings, from the synthesized template.

Built once a process and emptied for each run. A function starts anew then, with clients of its own:
what botocore remembers of failures must not pass from one seed to the next.
"""

import io
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from domain.defence import OFF
from functions import roll_up_trends
from functions.aws import WorldError
from functions.shelf import Shelf
from functions.transaction import StaleStateError
from functions.users import Users
from local import resources
from local.cloud import ASSEMBLIES
from local.engine import Engine
from local.function import FunctionError, functions_of, share_environment
from local.mapping import sources_of
from local.template import read, synthesize
from soak.clock import without_pauses
from soak.wire import Killed

USED = ("ingest_events", "update_user_features", "update_item_features", "write_event_log",
        "roll_up_trends", "manage_privacy", "replay_events")
Handler = Callable[[Any], Any]


class Deployment:
    """A process has one at a time. others: handlers in place of the deployed ones, by verb."""

    def __init__(self) -> None:
        self.engine = Engine("SOAK", "soak")
        self.template = read(synthesize(ASSEMBLIES, {"probe_minutes": 0, "defence": OFF.to_json()}))
        resources.bind(self.template)
        self.sources = sources_of(self.template)
        self.functions = functions_of(self.template, _run)
        self.by_verb = {f.verb: f for f in self.functions.values() if f.verb in USED}
        self.others: dict[str, Handler] = {}

    @contextmanager
    def running(self) -> Iterator["Deployment"]:
        """Holds this process: no other engine may run in it."""
        environment = share_environment(self.functions)
        self.engine.start()
        try:
            self.engine.set_environment(environment)
            self._open()
            with without_pauses(), _quiet():
                yield self
        finally:
            for function in self.by_verb.values():
                function.forget()
            self.engine.stop()

    def empty(self) -> None:
        """As it is right after its first deployment."""
        self.engine.intercept()
        self.engine.reset()
        resources.create(self.template, self.engine)

    def restart(self) -> None:
        """New execution environments, with clients that remember nothing of those before."""
        for function in self.by_verb.values():
            function.load()

    def invoke(self, verb: str, event: Any) -> Any:
        """What a function answers. event: of a roll-up, the time, which its handler would ask for.

        raises: FunctionError, when it fails or is killed.
        """
        if other := self.others.get(verb):
            return _run(lambda: other(event))
        if verb == "roll_up_trends":
            return _run(lambda: roll_up_trends.roll_up(*roll_up_trends.adapters(), now_ms=event))
        return self.by_verb[verb].invoke(event)

    def _open(self) -> None:
        self.s3, self.dynamodb = map(self.engine.client, ("s3", "dynamodb"))
        self.users = Users(self.setting("users_table"), self.dynamodb)
        self.shelf = Shelf(self.setting("bucket_name"), self.s3)

    def verb_of(self, function: str) -> str:
        """Of a function by its logical id."""
        return self.functions[function].verb

    def setting(self, name: str) -> str:
        """A setting that functions are told, such as users_table."""
        variable = f"HEADWATER_{name.upper()}"
        return next(function.environment[variable] for function in self.functions.values()
                    if variable in function.environment)


def _run(act: Callable[[], Any]) -> Any:
    """Do what a handler does. Only what the world does to it is a failure: a defect of ours shows.

    raises: FunctionError.
    """
    try:
        with redirect_stdout(io.StringIO()), warnings.catch_warnings():  # where metrics go
            warnings.filterwarnings("ignore", "No application metrics")  # of a killed function
            return act()
    except (*WorldError, StaleStateError, Killed) as error:
        raise FunctionError(f"{type(error).__name__}: {error}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """No log lines: most of them tell of what the dice did."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
