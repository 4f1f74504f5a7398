"""The files for containers, where there is no engine: linted, and every command in them carried out all the same.

Not carried out are the commands of programs that others ship, SeaweedFS and vLLM, and the installation of the
requirements, which are those that the tests run with: `python -m benchmarks.installed_size` installs them.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from chatsite.settings import PUBLIC_SETTINGS
from tests import postgresql
from tests.conversations.kept import wait_for
from tests.deploy import checkout
from tests.deploy.checkout import PROGRAMS
from tests.deploy.dockerfile import Image, steps
from tests.deploy.proxies import answers
from tests.deploy.servers import Shared
from tests.plugin import ROOT
from tests.ports import free_port
from tests.site import Visitor

DOCKERFILES = [ROOT / "Dockerfile", ROOT / "deploy/space/Dockerfile"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))
    return document


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="An image is made by root")


@pytest.fixture
def root() -> Iterator[Path]:
    """In the place of `/`, and like it not only for who made it."""
    folder = Path(tempfile.mkdtemp(prefix="chatsite-image-"))
    folder.chmod(0o755)
    yield folder
    checkout.unlock(folder)
    shutil.rmtree(folder)


def test_they_are_well_made() -> None:
    linted = subprocess.run([PROGRAMS / "hadolint", *DOCKERFILES], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")


def test_images_run_as_nobody_in_particular_and_take_no_secrets_along() -> None:
    for dockerfile in DOCKERFILES:
        last = [(word, rest) for word, rest in steps(dockerfile) if word in {"FROM", "USER", "CMD"}][-3:]
        assert [word for word, _ in last] == ["FROM", "USER", "CMD"]
        assert int(last[1][1]) > 0
    # `.*` leaves out .env, .git and .venv.
    assert {".*", "var"} <= set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())


def test_compose_puts_the_site_together_with_a_database_and_a_bucket(compose: dict[str, Any]) -> None:
    services = compose["services"]
    site = services["site"]
    assert site["read_only"]
    assert site["cap_drop"] == ["ALL"]
    assert site["environment"].keys() - PUBLIC_SETTINGS <= {
        "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
    }  # fmt: skip
    address = urlsplit(site["environment"]["DATABASE_URL"])
    database = services[address.hostname]["environment"]
    assert (address.username, address.password) == (database["POSTGRES_USER"], database["POSTGRES_PASSWORD"])
    assert address.path.strip("/") == database.get("POSTGRES_DB", database["POSTGRES_USER"])
    store = services[urlsplit(site["environment"]["AWS_ENDPOINT_URL_S3"]).hostname]["environment"]
    assert urlsplit(site["environment"]["CONVERSATION_STORE"]).netloc == store["S3_BUCKET"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert site["environment"][name] == store[name]
    for service in services.values():
        # What others make is pinned, and what is kept has a volume.
        assert "build" in service or re.search(r":v?\d+(\.\d+)*(-\w+)?$", service["image"])
        assert all(volume.split(":")[0] in compose["volumes"] for volume in service["volumes"])
        assert "ports" not in service or all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert set(site["depends_on"]) == {name for name in services if "healthcheck" in services[name]}
    assert services["vllm"]["profiles"]


@as_root
def test_the_image_serves_with_what_compose_gives_it(root: Path, shared: Shared, compose: dict[str, Any]) -> None:
    """As the image's user, with nothing to write to but the volume; the servers are those of the tests."""
    image = Image(ROOT / "Dockerfile", root)
    assert (root / "data").stat().st_uid == int(image.user)
    before = checkout.lock(root / "site")
    services, port = compose["services"], str(free_port())
    environment = {name: value or "" for name, value in services["site"]["environment"].items()} | {
        **shared.s3, "PORT": port, "DATABASE_URL": shared.database_url, "CONVERSATION_STORE": f"s3://{shared.bucket}/x",
        # As a line of .env has it that is left empty.
        "WEB_CONCURRENCY": "",
    }  # fmt: skip
    ready = services["database"]["healthcheck"]["test"][1:]
    programs = postgresql.programs()
    assert programs
    server = {"PGHOST": "127.0.0.1", "PGPORT": str(urlsplit(shared.database_url).port)}
    subprocess.run([programs / ready[0], *ready[1:]], env=server, check=True)
    assert not image.healthy(PORT=port)
    process = image.start(**environment)
    try:
        wait_for(lambda: process.poll() is not None or answers(f"http://127.0.0.1:{port}/healthz"), 30)
        assert image.healthy(PORT=port), process.stdout and process.stdout.read()
        said = Visitor(f"http://127.0.0.1:{port}").say("How do I deploy?")
        assert said["done"]["finish"] == "stop"
        assert said.conversation in shared.transcripts()
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 0, output
    assert checkout.contents(root / "site") == before
    kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (root / "data").iterdir()}
    assert kept == {"secret_key": 0o600, "encryption_key": 0o600}


def test_a_space_is_the_same_image_made_of_a_clone(tmp_path: Path) -> None:
    ours, theirs = (set(steps(dockerfile)) for dockerfile in DOCKERFILES)
    (clone,) = {rest for word, rest in theirs - ours if word in {"RUN", "CMD"}}
    environment = next(rest for word, rest in ours if word == "ENV")
    front = yaml.safe_load((ROOT / "deploy/space/README.md").read_text(encoding="utf-8").split("---")[1])
    assert ("ENV", environment.replace("PORT=8000", f"PORT={front['app_port']}")) in theirs
    assert (front["sdk"], front["hf_oauth"], front["hf_oauth_scopes"]) == ("docker", True, ["inference-api"])
    source = {"SOURCE": (tmp_path / "source").as_uri(), "PATH": os.environ["PATH"]}
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(tmp_path / "source")]
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "source")], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "One"], check=True)
    subprocess.run(["sh", "-c", clone.replace("/site", str(tmp_path / "site"))], env=source, check=True)
    assert (tmp_path / "site/.git").is_dir()


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_the_unit_for_systemd_is_one(tmp_path: Path) -> None:
    unit = (ROOT / "deploy/chatsite.service").read_text(encoding="utf-8")
    # There is a checkout here, and another user.
    unit = unit.replace("/srv/chatsite/.venv/bin", str(PROGRAMS)).replace("User=chatsite\n", "")
    (tmp_path / "chatsite.service").write_text(unit, encoding="utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "chatsite.service"], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
