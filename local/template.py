"""The infra room -> its synthesized template, with every reference resolved to what was created."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

ACCOUNT = "123456789012"
REGION = "us-east-1"
ROOT = Path(__file__).parent.parent
_PSEUDO = {
    "AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com", "AWS::StackName": "local",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/local/0",
}


class TemplateError(ValueError):
    """The template asks for what the local cloud does not have."""


class Template:
    """Resources of a template; `bind` tells what a resource became, `resolve` then finds it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._resources: Mapping[str, Any] = document["Resources"]
        self._bound: dict[str, dict[str, str]] = {}

    def resources(self, *types: str) -> dict[str, dict[str, Any]]:
        """Logical id -> properties as written, of every resource of these CloudFormation types."""
        return {name: resource.get("Properties", {})
                for name, resource in self._resources.items() if resource["Type"] in types}

    def type_of(self, name: str) -> str:
        """The CloudFormation type of a resource; empty when there is no such resource."""
        return str(self._resources[name]["Type"]) if name in self._resources else ""

    def bind(self, name: str, ref: str, **attributes: str) -> None:
        """Say what `Ref` and `Fn::GetAtt` of a resource mean from now on."""
        self._bound[name] = {"Ref": ref, **attributes}

    def resolve(self, value: Any) -> Any:
        """A property with every intrinsic function replaced by what it stands for.

        raises: TemplateError, for a function or a resource that is not played here.
        """
        if isinstance(value, list):
            found = [self.resolve(entry) for entry in value]
            return [entry for entry in found if entry is not None]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1 and (name := next(iter(value))) in _FUNCTIONS:
            return _FUNCTIONS[name](self, value[name])
        if any(key.startswith("Fn::") for key in value):
            raise TemplateError(f"{', '.join(value)} is not understood by the local cloud")
        found_by_key = {key: self.resolve(entry) for key, entry in value.items()}
        return {key: entry for key, entry in found_by_key.items() if entry is not None}

    def function_of(self, value: Any) -> str:
        """Logical id of the Lambda that an ARN or an integration URI leads to, aliases followed.

        raises: TemplateError, when it leads to none.
        """
        for name in _references(value):
            kind = self.type_of(name)
            if kind == "AWS::Lambda::Function":
                return name
            if kind in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
                return self.function_of(self._resources[name]["Properties"]["FunctionName"])
        raise TemplateError(f"{json.dumps(value)[:200]} leads to no function")

    def look_up(self, name: str, attribute: str) -> str | None:
        """What `bind` said; None stands for AWS::NoValue."""
        if name == "AWS::NoValue":
            return None
        if attribute == "Ref" and name in _PSEUDO:
            return _PSEUDO[name]
        try:
            return self._bound[name][attribute]
        except KeyError as error:
            kind = self.type_of(name) or "resource"
            raise TemplateError(f"{name}.{attribute}: no such {kind} in the local cloud") from error


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for entry in value:
            yield from _references(entry)
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            if key == "Ref":
                yield entry
            elif key == "Fn::GetAtt":
                yield entry[0] if isinstance(entry, list) else entry.split(".")[0]
            else:
                yield from _references(entry)


def _get_att(template: Template, value: Any) -> Any:
    name, attribute = value if isinstance(value, list) else value.split(".", 1)
    return template.look_up(name, attribute)


def _join(template: Template, value: Any) -> str:
    parts = template.resolve(value[1])
    return str(value[0]).join(str(part) for part in parts)


def _sub(template: Template, value: Any) -> str:
    text, extra = value if isinstance(value, list) else (value, {})
    given = template.resolve(extra)

    def replace(match: re.Match[str]) -> str:
        name, _, attribute = match[1].partition(".")
        return str(given[name] if name in given else template.look_up(name, attribute or "Ref"))

    return re.sub(r"\$\{([^!}]+)\}", replace, text).replace("${!", "${")


_FUNCTIONS: dict[str, Callable[[Template, Any], Any]] = {
    "Ref": lambda template, value: template.look_up(value, "Ref"),
    "Fn::GetAtt": _get_att,
    "Fn::Join": _join,
    "Fn::Sub": _sub,
    "Fn::Select": lambda template, value: template.resolve(value[1])[int(value[0])],
    "Fn::Split": lambda template, value: template.resolve(value[1]).split(value[0]),
}


def synthesize(folder: Path, context: Mapping[str, Any] | None = None) -> Path:
    """Run the CDK app as `cdk synth` runs it, unless the folder holds what it would write.

    Answers with the assembly's folder. Packages of the Lambda layers are left out.
    raises: TemplateError, with what the app said.
    cost:   5 s, most of it the start of CDK; the second time none.
    """
    settings = json.loads((ROOT / "cdk.json").read_text())
    given = {**settings.get("context", {}), **(context or {}), "aws:cdk:bundling-stacks": []}
    assembly = folder / _fingerprint(given)
    if (assembly / "manifest.json").exists():
        return assembly
    env = {**os.environ, "CDK_OUTDIR": str(assembly), "CDK_CONTEXT_JSON": json.dumps(given),
           "CDK_VALIDATION": "false",
           "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run([sys.executable, "-m", "infra.app"], cwd=ROOT, env=env, check=False,
                          capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(assembly, ignore_errors=True)
        raise TemplateError(f"the CDK app failed:\n{done.stderr[-4000:]}")
    return assembly


def read(assembly: Path) -> Template:
    """The template of an assembly.

    raises: TemplateError, when it does not hold exactly one.
    """
    found = sorted(assembly.glob("*.template.json"))
    if len(found) != 1:
        raise TemplateError(f"{assembly} holds {len(found)} templates, not one")
    return Template(json.loads(found[0].read_text()))


def assets(assembly: Path) -> dict[str, Path]:
    """Object key -> folder or file, of everything that a deployment would upload."""
    found = {}
    for manifest in assembly.glob("*.assets.json"):
        for entry in json.loads(manifest.read_text())["files"].values():
            for place in entry["destinations"].values():
                found[place["objectKey"]] = assembly / entry["source"]["path"]
    return found


def _fingerprint(context: Mapping[str, Any]) -> str:
    """Changes with whatever could change the assembly."""
    rooms = ("domain", "functions", "infra", "model")
    files = [ROOT / "pyproject.toml", ROOT / "requirements.lock",
             *(path for room in rooms for path in sorted((ROOT / room).rglob("*.py")))]
    digest = hashlib.sha256(json.dumps(context, sort_keys=True).encode())
    for path in files:
        digest.update(f"{path} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
