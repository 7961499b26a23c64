"""SageMaker training jobs, really run: the same command under the same contract, as a process.

moto calls a job completed the moment it is created; nobody here believes it. A job's folders:

    <root>/input/data/<channel>/   what lies under the channel's S3 prefix
    <root>/input/config/           hyperparameters.json, inputdataconfig.json, resourceconfig.json
    <root>/model/                  becomes model.tar.gz at S3OutputPath/<job>/output/
    <root>/output/tensorboard/     goes to <job>/tensorboard-output/ at TensorBoardOutputConfig
    <root>/output/failure          why it failed, in the job's own words
    <root>/checkpoints/            comes from and goes to the prefix of CheckpointConfig
    <root>/log                     what the job printed

source: AWS, "How Amazon SageMaker AI Provides Training Information", "How Amazon SageMaker AI
Processes Training Output", "Use checkpoints in Amazon SageMaker AI".
"""

import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from botocore.exceptions import BotoCoreError, ClientError

from domain.layout import TENSORBOARD
from local import bus
from local.objects import S3Error, download, split_uri, upload

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_sagemaker import SageMakerClient

GRACE_S = 120.0  # between SIGTERM and SIGKILL. source: AWS, "StopTrainingJob" (SageMaker API)
MAX_REASON = 1024  # characters. source: AWS, "How Amazon SageMaker AI Processes Training Output"
ROOT_VARIABLE = "ML_ROOT"  # on SageMaker it is unset and /opt/ml is meant
_OURS = ("AWS_", "HEADWATER_", "POWERTOOLS_")  # variables that a container does not see
_FOLDERS = ("input/data", "input/config", "model", "output", "checkpoints")
_TOLD = ("TrainingJobName", "TrainingJobArn", "HyperParameters", "AlgorithmSpecification",
         "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition")


@dataclass
class Job:
    """One training job. asked: as DescribeTrainingJob tells it; answers: of whom its end woke."""

    asked: Mapping[str, Any]
    root: Path
    status: str = "InProgress"
    secondary: str = "Starting"
    reason: str = ""
    began_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    answers: list[Any] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """As its creator named it."""
        return str(self.asked["TrainingJobName"])

    @property
    def model_uri(self) -> str:
        """Where the model goes."""
        return f"{self.asked['OutputDataConfig']['S3OutputPath']}/{self.name}/output/model.tar.gz"

    def end(self, status: str, secondary: str = "", reason: str = "") -> None:
        """Say how it went."""
        self.status, self.secondary = status, secondary or status
        self.reason = reason[:MAX_REASON]

    def event(self) -> dict[str, Any]:
        """The state change as EventBridge tells it.

        source: AWS, "Events from Amazon SageMaker AI", training job state change.
        """
        now_ms = time.time_ns() // 1_000_000
        detail = {
            **{key: self.asked[key] for key in _TOLD if key in self.asked},
            "TrainingJobStatus": self.status, "SecondaryStatus": self.secondary,
            "CreationTime": self.began_ms, "TrainingStartTime": self.began_ms,
            "TrainingEndTime": now_ms, "LastModifiedTime": now_ms,
            "SecondaryStatusTransitions": [], "Tags": {},
        }
        if self.reason:
            detail["FailureReason"] = self.reason
        if self.status != "Failed":
            detail["ModelArtifacts"] = {"S3ModelArtifacts": self.model_uri}
        return bus.event("aws.sagemaker", "SageMaker Training Job State Change", detail,
                         [self.asked["TrainingJobArn"]])


class JobRunner:
    """Notices jobs and runs each in a thread of its own.

    console: where a job's output is shown besides its log; publish: takes the event of its end.
    ended: jobs of before, which are not run again.
    """

    def __init__(
        self, sagemaker: "SageMakerClient", s3: "S3Client", folder: Path,
        publish: Callable[[dict[str, Any]], list[Any]], *, console: TextIO | None = None,
        grace_s: float = GRACE_S, ended: Collection[str] = (),
    ) -> None:
        self._sagemaker, self._s3, self._publish = sagemaker, s3, publish
        self._folder = folder.resolve()  # a job runs in a folder of its own
        self._console, self._grace_s, self._ended = console, grace_s, ended
        self._jobs: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    @property
    def all(self) -> list[Job]:
        """Every job, the newest last."""
        return list(self._jobs.values())

    def poll(self) -> None:
        """Start what was created since the last look."""
        with self._lock:
            for summary in self._sagemaker.list_training_jobs()["TrainingJobSummaries"]:
                name = summary["TrainingJobName"]
                if name not in self._jobs and name not in self._ended:
                    self._start(name)

    def wait(self) -> None:
        """Until no job runs and everyone heard of their ends."""
        for thread in list(self._threads):
            thread.join()

    def stop(self) -> None:
        """Ask every job to stop, and wait for it."""
        for job in self.all:
            job.stopped.set()
        self.wait()

    def _start(self, name: str) -> None:
        asked = self._sagemaker.describe_training_job(TrainingJobName=name)
        job = self._jobs[name] = Job(asked, self._folder / name)
        thread = threading.Thread(target=self._run, args=(job,), name=f"job {name}")
        self._threads.append(thread)
        thread.start()

    def _run(self, job: Job) -> None:
        try:
            self._stage(job)
            self._train(job)
            self._deliver(job)
        except S3Error as error:
            job.end("Failed", reason=f"ClientError: {error}")
        except (OSError, BotoCoreError, ClientError, tarfile.TarError) as error:
            job.end("Failed", reason=f"InternalServerError: {error}")
        job.answers = self._publish(job.event())

    def _stage(self, job: Job) -> None:
        """Lay out the folders as a training container finds them."""
        for name in _FOLDERS:
            (job.root / name).mkdir(parents=True, exist_ok=True)
        asked, channels = job.asked, {}
        for channel in asked.get("InputDataConfig", []):
            name, source = channel["ChannelName"], channel["DataSource"]["S3DataSource"]
            download(self._s3, source["S3Uri"], job.root / "input/data" / name)
            channels[name] = {
                "TrainingInputMode": "File", "RecordWrapperType": "None",
                "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated")}
        if uri := asked.get("CheckpointConfig", {}).get("S3Uri"):
            download(self._s3, uri, job.root / "checkpoints", may_be_empty=True)
        host = {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "lo",
                "current_instance_type": "local"}  # whatever was asked for: cards tell times of it
        for name, content in {"hyperparameters": asked.get("HyperParameters", {}),
                              "inputdataconfig": channels, "resourceconfig": host}.items():
            (job.root / f"input/config/{name}.json").write_text(json.dumps(content))

    def _train(self, job: Job) -> None:
        job.secondary = "Training"
        output, child = os.openpty() if self._console else os.pipe()  # tqdm draws on terminals only
        copier = threading.Thread(target=self._copy, args=(output, job.root / "log"))
        copier.start()
        try:
            process = self._launch(job, child)
        finally:
            os.close(child)  # the copier ends with the last of its holders
        self._watch(job, process)
        copier.join()
        if job.status == "InProgress" and process.returncode:
            told = job.root / "output/failure"
            words = told.read_text(errors="replace") if told.exists() else "it wrote no reason"
            job.end("Failed", reason=f"AlgorithmError: {words}, exit code: {process.returncode}")

    def _launch(self, job: Job, output: int) -> "subprocess.Popen[bytes]":
        asked = job.asked["AlgorithmSpecification"]
        env = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        env |= {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', '')}",
            "TRAINING_JOB_NAME": job.name, "TRAINING_JOB_ARN": job.asked["TrainingJobArn"],
            ROOT_VARIABLE: str(job.root), **job.asked.get("Environment", {}),
        }
        return subprocess.Popen(
            [*asked["ContainerEntrypoint"], *asked.get("ContainerArguments", [])], env=env,
            cwd=job.root, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True)

    def _watch(self, job: Job, process: "subprocess.Popen[bytes]") -> None:
        """Wait for the end, or bring it about: stopped, or longer than it may."""
        end_s = time.monotonic() + job.asked["StoppingCondition"]["MaxRuntimeInSeconds"]
        while process.poll() is None:
            if job.stopped.wait(0.05) or time.monotonic() > end_s:
                job.end("Stopped", "Stopped" if job.stopped.is_set() else "MaxRuntimeExceeded")
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(self._grace_s)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def _copy(self, output: int, log: Path) -> None:
        with log.open("wb") as file, os.fdopen(output, "rb", buffering=0) as stream:
            while True:
                try:
                    data = stream.read(65536)
                except OSError:  # a terminal whose other end is closed
                    return
                if not data:
                    return
                file.write(data)
                if self._console:
                    self._console.write(data.decode(errors="replace"))
                    self._console.flush()

    def _deliver(self, job: Job) -> None:
        """Bring out what a container leaves behind; of a stopped job too, as SageMaker does."""
        if uri := job.asked.get("CheckpointConfig", {}).get("S3Uri"):
            upload(self._s3, job.root / "checkpoints", uri)
        if told := job.asked.get("TensorBoardOutputConfig"):
            uri = f"{told['S3OutputPath']}/{job.name}/tensorboard-output"
            upload(self._s3, job.root / TENSORBOARD, uri)
        if job.status == "Failed":
            return
        archive = job.root / "model.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            for path in sorted((job.root / "model").iterdir()):
                tar.add(path, path.name)
        bucket, key = split_uri(job.model_uri)
        self._s3.put_object(Bucket=bucket, Key=key, Body=archive.read_bytes())
        if job.status == "InProgress":
            job.end("Completed")
