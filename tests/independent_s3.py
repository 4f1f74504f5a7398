"""`python -m tests.independent_s3 --endpoint URL --access-key KEY --secret-key SECRET`: the tests of the stores on a
real S3 server, with processes that write one key at once, and a whole conversation on a site before it.

Everything happens in new buckets, deleted afterwards, or under a prefix of the one named by `--bucket`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from tests.plugin import ROOT

MODULES = ["test_store.py", "test_store_probe.py", "test_other_places.py"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the tests of the stores on an S3 server.")
    for name in ("endpoint", "access-key", "secret-key"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--bucket", default="", help="one that is there already, where none may be made")
    given = {f"TEST_S3_{name.upper()}": value for name, value in vars(parser.parse_args()).items()}
    modules = [f"tests/conversations/{name}" for name in MODULES]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-o",
        "log_cli=true",
        "-o",
        "log_cli_level=WARNING",
        "-k",
        "independent",
        *modules,
    ]
    return subprocess.run(command, cwd=ROOT, env=os.environ | given, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
