"""How the tests start Chromium: alone, and with no way out of this machine."""

import shutil

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FOUND = [path for name in BROWSERS if (path := shutil.which(name))]
EXECUTABLE = FOUND[0] if FOUND else None
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
