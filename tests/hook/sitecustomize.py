"""Python imports this by its name in every process of the tests, before anything else."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
from tests import outgoing

del sys.path[0]
outgoing.record()
