"""The files of deploy/kubernetes: against schemas, plan and one another. No cluster ran."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator

from contracts.vocabulary import principals
from contracts.vocabulary.scopes import AGENCIES, CIVIL, CRIMINAL, REALMS
from services.play.kafka.fetch import Jar, cache_dir, download, java
from tests.containers.podman import ROOT
from tests.shell import invoke

FOLDER: Final = ROOT / "deploy" / "kubernetes"
KUBERNETES: Final = "1.37"
PATCHES: Final = ("pod.yaml", "probes.yaml", "kustomization.yaml")
TEMPLATES: Final = ("agency.yaml", "routing.yaml", "audit.yaml")
SHARDS: Final = {CIVIL: 1, CRIMINAL: 1}
PLAN: Final = [
    "kafka", "apply", "--check", "--format", "strimzi",
    "--layout", "civil=1:1", "--layout", "criminal=1:1",
]  # fmt: skip
STRIMZI: Final = "kafka.strimzi.io"
LOCK: Final = Path(__file__).parent / "strimzi.lock"  # as services/play/kafka/files/jars.lock
GENERATOR: Final = "io.fabric8.crd.generator.cli.CRDGeneratorCLI"
PACKAGES: Final = ("kafka", "nodepool", "topic", "user")


@cache
def rendered() -> Path:
    """A copy of the folder with what `render` writes of the templates."""
    copy = Path(tempfile.mkdtemp(prefix="relais-kubernetes-")) / "kubernetes"
    atexit.register(shutil.rmtree, copy.parent, ignore_errors=True)
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("made"))
    subprocess.run([copy / "render"], check=True)
    return copy


def written() -> list[dict[str, Any]]:
    """Every resource that kustomize is given."""
    names = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]
    assert {path.name for path in FOLDER.glob("*.yaml")} - {*names} == {*PATCHES, *TEMPLATES}
    texts = ((rendered() / name).read_text() for name in names)
    return [one for text in texts for one in yaml.safe_load_all(text)]


def workloads() -> Iterator[dict[str, Any]]:
    """Whatever has pods of ours."""
    for one in written():
        if one["kind"] in {"StatefulSet", "Job"}:
            yield one


def secrets_of(workload: dict[str, Any]) -> set[str]:
    """Names of the Secrets that its pods mount."""
    found = set()
    for volume in workload["spec"]["template"]["spec"]["volumes"]:
        rows = volume.get("projected", {"sources": [volume]})["sources"]
        found |= {row["secret"].get("secretName") or row["secret"]["name"] for row in rows}
    return found


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Topics and users as the commands of README.md print them, for the repository's partners."""
    home = ["--home", str(tmp_path_factory.mktemp("home"))]
    made, done = (invoke(*command, *home) for command in (["keys", "new", "--weeks", "1"], PLAN))
    assert (made.exit_code, done.exit_code) == (0, 0), made.output + done.output
    return list(yaml.safe_load_all(done.stdout))


def test_every_resource_of_kubernetes_fits_the_published_schema() -> None:
    """Strictly: an unknown field is an error."""
    ours = [one for one in written() if not one["apiVersion"].startswith(STRIMZI)]

    for one in ours:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)

    assert len(ours) > 20


def schemas(folder: Path) -> dict[str, dict[str, Any]]:
    """Kind -> schema of the whole resource, of the Java model that Strimzi itself publishes.

    The CRDs are files of a release page, which no package registry has; the model of their API is
    a jar. Fabric8's generator makes CRDs of it: names, types and enumerations, but neither
    required fields nor what differs by `type` (an object that has `type` alone is left open).
    """
    rows = (line.split() for line in LOCK.read_text().splitlines())
    jars = [Jar(name, int(size), sha256) for name, size, sha256 in rows]
    paths = download(jars, cache_dir() / "strimzi")
    api = next(path for path in paths if path.name.startswith("api-"))
    wanted = [f"--include-package=io.strimzi.api.kafka.model.{name}" for name in PACKAGES]
    class_path = ":".join(str(path) for path in paths)
    subprocess.run(
        [str(java()), "-cp", class_path, GENERATOR, "--output-dir", str(folder), *wanted, str(api)],
        check=True, capture_output=True,
    )  # fmt: skip
    found = {}
    for path in folder.glob("*.yml"):
        crd = yaml.safe_load(path.read_text())["spec"]
        found[crd["names"]["kind"]] = no_more_than(crd["versions"][0]["schema"]["openAPIV3Schema"])
    return found


def no_more_than(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, in which an object may have no properties but those that are named."""
    own = dict(schema)
    named = {name: no_more_than(one) for name, one in own.pop("properties", {}).items()}
    named.pop("additionalProperties", None)  # a field of the Java class, none of the resource
    if "items" in own:
        own["items"] = no_more_than(own["items"])
    if named:
        own |= {"properties": named}
        if set(named) != {"type"} and "apiVersion" not in named and "spec" not in named:
            own["additionalProperties"] = False
    elif own.get("additionalProperties") == {"type": "object"}:
        own["additionalProperties"] = {}  # Java's Object: any value
    return own


@pytest.mark.containers
def test_every_resource_of_strimzi_fits_the_model_of_its_api(
    tmp_path: Path, printed: list[dict[str, Any]]
) -> None:
    """Names, types and enumerations of Strimzi's own jar; a misspelt field is refused."""
    known = schemas(tmp_path)
    ours = [one for one in (*printed, *written()) if one["apiVersion"].startswith(STRIMZI)]

    for one in ours:
        wrong = Draft202012Validator(known[one["kind"]]).iter_errors(one)
        assert [f"{list(error.path)}: {error.message}" for error in wrong] == []

    assert {one["kind"] for one in ours} == known.keys()
    ours[0]["spec"]["partition"] = ours[0]["spec"]["replica"] = 1
    assert not Draft202012Validator(known[ours[0]["kind"]]).is_valid(ours[0])


@pytest.mark.skipif(
    not shutil.which("kubectl") and "RELAIS_CI" not in os.environ,
    reason="kubectl renders the whole",
)
def test_what_kubectl_renders_is_closed_and_fits() -> None:
    """With the patches: no root, no capability, nothing writable, probes, limits, account."""
    told = subprocess.run(
        ["kubectl", "kustomize", str(rendered())], capture_output=True, text=True, check=True
    ).stdout
    every = [one for one in yaml.safe_load_all(told) if "spec" in one]
    pods = [one for one in every if one["kind"] in {"StatefulSet", "Job"}]

    for one in every:
        if not one["apiVersion"].startswith(STRIMZI):
            kubernetes_validate.validate(one, KUBERNETES, strict=True)
    for one in pods:
        spec = one["spec"]["template"]["spec"]
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["automountServiceAccountToken"] is False
        for container in (*spec["containers"], *spec["initContainers"]):
            closed = container["securityContext"]
            assert closed["capabilities"] == {"drop": ["ALL"]}
            assert closed["readOnlyRootFilesystem"]
            assert closed["allowPrivilegeEscalation"] is False
            assert container["resources"]["limits"].keys() == {"cpu", "memory"}
        if one["kind"] != "Job":
            assert spec["containers"][0]["readinessProbe"]["httpGet"]["path"] == "/ready"
            assert spec["containers"][0]["livenessProbe"]["httpGet"]["path"] == "/live"
    assert len(pods) == len(list(workloads()))


def test_each_agency_mounts_its_own_secrets_alone() -> None:
    """Its keys, its certificate, and the authority of the brokers."""
    mounted = {one["metadata"]["name"]: secrets_of(one) for one in workloads()}

    for agency in AGENCIES:
        name = principals.agency(agency).replace("_", "-")
        assert mounted[name] == {f"relais-{name}", name, "relais-cluster-ca-cert"}


def test_each_shard_mounts_the_certificate_of_its_own_number() -> None:
    """The number is the pod's ordinal; as many shards as pods, as layouts say."""
    found = {one["metadata"]["name"]: one for one in workloads() if one["kind"] == "StatefulSet"}

    for realm, shards in SHARDS.items():
        one = found[f"routing-{realm}"]
        container = one["spec"]["template"]["spec"]["containers"][0]
        variables = {row["name"]: row.get("value") for row in container["env"]}
        tls = next(row for row in container["volumeMounts"] if row["name"] == "tls")
        assert one["spec"]["replicas"] == shards
        assert variables["RELAIS_SHARD"] is None
        assert tls["subPathExpr"] == "$(RELAIS_SHARD)"
        users = {principals.routing(realm, number) for number in range(shards)}
        assert users < secrets_of(one)


def test_every_process_has_a_user_and_every_user_a_process(printed: list[dict[str, Any]]) -> None:
    """No certificate without a pod, no pod without one; `admin` and `console` are people's."""
    users = {
        one["metadata"]["name"] for one in (*printed, *written()) if one["kind"] == "KafkaUser"
    }
    mounted = {name for one in workloads() for name in secrets_of(one) if name in users}

    assert users - mounted == {principals.ADMIN, principals.CONSOLE}
    assert len(mounted) == len(AGENCIES) + sum(SHARDS.values()) + 2 * len(REALMS)
