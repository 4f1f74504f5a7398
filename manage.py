#!/usr/bin/env python
import os
import sys

import django
from django.core.management import execute_from_command_line
from django.db import OperationalError, connection

from chatsite.environment import refuse

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()
    # A pool would try again for a while, and say only that it has given up.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        refuse("DATABASE_URL", f"the database cannot be used: {str(error).splitlines()[0]}")
