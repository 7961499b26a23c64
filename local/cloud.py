"""The whole deployment in this process, from its synthesized template."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from botocore.awsrequest import AWSPreparedRequest
from botocore.credentials import Credentials

from local import resources
from local.bus import Bus
from local.client import Client
from local.clock import Clock
from local.engine import Engine
from local.function import Function, Sandbox, functions_of, share_environment
from local.gateway import Gateway
from local.invocations import Invocations
from local.jobs import Job, JobRunner
from local.journal import Journal
from local.links import Links
from local.mapping import sources_of
from local.pump import Pump
from local.put_events import PutEvents
from local.signature import draw_keys
from local.template import ROOT, Template, assets, read, synthesize

ASSEMBLIES = ROOT / ".build" / "local"
ACCESS_KEY = "LOCALADMINISTRATOR"
# A probe waits for what other functions do, and here all of them share one thread.
_QUIET = {"probe_minutes": 0}
TICK_S = 0.5  # between looks at schedules and at new training jobs


@dataclass(frozen=True)
class Fired:
    """What a function answered, and the training jobs it started, all ended."""

    answer: Any
    jobs: list[Job]


class Cloud:
    """One deployment between `start` and `stop`. ask: how a function is called.

    folder:       keeps its state for the next start; None = nothing is kept.
    template:     in place of the infra room's; context: laid over the one of cdk.json.
    window_scale: of batching windows, clock_scale: of schedules; 0.1 = ten times faster.
    live:         streams and schedules move by themselves; else only by `drain` and `fire`.
    console:      a terminal where training jobs show their progress.
    """

    def __init__(
        self, folder: Path | None = None, *, template: Template | None = None,
        context: Mapping[str, Any] | None = None, port: int = 0, window_scale: float = 1.0,
        clock_scale: float = 1.0, live: bool = True, console: TextIO | None = None,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> None:
        self._folder, self._template, self._context = folder, template, context
        self._port, self._window_scale, self._clock_scale = port, window_scale, clock_scale
        self._live, self._console, self._progress = live, console, progress
        self.ask: Callable[[Function, Any], Any] = Function.invoke
        self._notes: dict[str, Any] = {}
        self._journal: Journal | None = None
        self._assets: dict[str, Path] = {}
        self._open = ExitStack()

    def start(self) -> Self:
        """Create everything and take up what the folder holds.

        raises: TemplateError, JournalError, FunctionError (a function whose start fails).
        """
        with ExitStack() as opened:
            self._start(opened)
            self._open = opened.pop_all()
        return self

    def stop(self) -> None:
        """End every thread and give the process its environment back; the folder stays."""
        self._open.close()

    def client(self) -> Client:
        """A caller with the API key and the administrator's signature."""
        return Client(self.url, self.api_key, self.credentials)

    def drain(self, timeout_s: float = 600.0) -> None:
        """Return when every function has seen all there is on the stream, and on the bus.

        raises: PumpError, when one is stuck.
        """
        self.pump.drain(timeout_s)
        self.bus.deliver()

    def fire(self, verb: str) -> Fired:
        """Call a function as its schedule would, and wait for training jobs it starts.

        raises: FunctionError, when it fails.
        """
        function, known = self.by_verb[verb], len(self.jobs.all)
        answer = self.ask(function, self.clock.event_for(function.name))
        self.jobs.poll()
        self.jobs.wait()
        return Fired(answer, self.jobs.all[known:])

    def reset(self) -> None:
        """Empty the cloud, and forget what was kept of it."""
        self.jobs.stop()
        with self.pump.turn:
            self.engine.reset()
            self._create()
            if self._journal:
                self._journal.forget()
            self._notes.clear()
            self.pump.forget()
            self.bus.forget()
            for function in self.functions.values():
                function.forget()

    def remember(self, name: str, value: Any) -> None:
        """Keep a fact, such as how far a loader got, in step with what the cloud holds."""
        self._notes[name] = value
        if self._journal:
            self._journal.note(name, value)

    def recall(self, name: str) -> Any:
        """What was remembered, by this process or one before; None when nothing was."""
        return self._notes.get(name)

    def _start(self, opened: ExitStack) -> None:
        folder = self._folder
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="headwater-"))
            opened.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        self.api_key, secret = draw_keys(folder / "keys.json")
        self.credentials = Credentials(ACCESS_KEY, secret)
        self.template = self._read_template()
        self.engine = Engine(ACCESS_KEY, secret)
        self.engine.start()
        opened.callback(self.engine.stop)
        self._start_functions(opened, folder)
        self._create()
        if self._folder:
            self._take_up(opened, folder)
        for function in self.functions.values():
            function.load()
            opened.callback(function.forget)
        self._start_sources(opened, folder)
        self._start_gateway(opened)
        if self._live:
            self._start_threads(opened)

    def _read_template(self) -> Template:
        template = self._template
        if template is None:
            assembly = synthesize(ASSEMBLIES, {**_QUIET, **(self._context or {})})
            template, self._assets = read(assembly), assets(assembly)
        resources.bind(template)
        return template

    def _start_functions(self, opened: ExitStack, folder: Path) -> None:
        self.log = folder / "functions.log"
        log = opened.enter_context(self.log.open("a", buffering=1))
        sandbox = Sandbox(log)
        opened.callback(sandbox.close)
        self.functions = functions_of(self.template, sandbox.run)
        self.by_verb = {function.verb: function for function in self.functions.values()}
        self.engine.intercept(PutEvents(lambda event: self.bus.take(event),
                                        Invocations(self._by_name)))
        self._environment = share_environment(self.functions)
        self.engine.set_environment(self._environment)

    def _create(self) -> None:
        resources.create(self.template, self.engine)
        resources.create_keys(self.template, self.engine, self.api_key,
                              self.credentials.secret_key)
        for value in self._environment.values():
            if value.startswith("s3://") and value.rpartition("/")[2] in self._assets:
                resources.publish(value, self._assets, self.engine)

    def _take_up(self, opened: ExitStack, folder: Path) -> None:
        journal = Journal(folder, self.engine, resources.fingerprint(self.template))
        opened.callback(journal.close)
        journal.replay(self._progress)
        self._journal, self._notes = journal, dict(journal.notes)

    def _start_sources(self, opened: ExitStack, folder: Path) -> None:
        kinesis, s3, sagemaker = map(self.engine.client, ("kinesis", "s3", "sagemaker"))
        self.pump = Pump(
            sources_of(self.template), self._invoke, kinesis, s3, window_scale=self._window_scale,
            checkpoints={n: (c[0], c[1]) for n, c in self._notes.get("checkpoints", {}).items()},
            on_checkpoint=self._note_checkpoint)
        if self._live:
            self.engine.watch(self._watch)
        self.bus = Bus(self.template, self._invoke)
        self.clock = Clock(self.template, self.bus.call, time.monotonic(), scale=self._clock_scale)
        shutil.rmtree(folder / "jobs", ignore_errors=True)
        self.jobs = JobRunner(sagemaker, s3, folder / "jobs", self.bus.publish,
                              console=self._console)
        opened.callback(self.jobs.stop)

    def _start_gateway(self, opened: ExitStack) -> None:
        accepted = self._journal.sync if self._journal else lambda: None
        self.gateway = Gateway.of(self.template, self._invoke, api_key=self.api_key,
                                  credentials=self.credentials, accepted=accepted,
                                  links=Links(self.engine.client("s3"), self.credentials))
        self.url = self.gateway.start(self._port)
        opened.callback(self.gateway.stop)

    def _start_threads(self, opened: ExitStack) -> None:
        stopped = threading.Event()
        threads = [threading.Thread(target=self.pump.run, args=(stopped,), name="pump"),
                   threading.Thread(target=self.bus.run, args=(stopped,), name="bus"),
                   threading.Thread(target=self._tick, args=(stopped,), name="clock")]
        for thread in threads:
            thread.start()
            opened.callback(thread.join)
        opened.callback(stopped.set)

    def _tick(self, stopped: threading.Event) -> None:
        while not stopped.wait(TICK_S):
            self.clock.tick(time.monotonic())
            self.jobs.poll()

    def _invoke(self, function: str, event: Any) -> Any:
        return self.ask(self.functions[function], event)

    def _by_name(self, name: str, event: Any) -> Any:
        (found,) = (function for function in self.functions.values() if function.name == name)
        return self.ask(found, event)

    def _watch(self, call: str, _: AWSPreparedRequest) -> None:
        if call.startswith("kinesis.Put"):
            self.pump.nudge()

    def _note_checkpoint(self, name: str, checkpoint: tuple[str, str]) -> None:
        self.remember("checkpoints", {**(self.recall("checkpoints") or {}), name: checkpoint})

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()
