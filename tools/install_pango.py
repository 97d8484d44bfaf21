"""Install Pango where that is possible without asking; say what to type where it is not."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
COMMAND = f"apt-get install {' '.join(PACKAGES)}"


def pango_is_there() -> bool:
    """Return whether the libraries that WeasyPrint loads can be found."""
    return all(ctypes.util.find_library(name) for name in ("pango-1.0", "pangoft2-1.0"))


def main() -> None:
    """Install Pango with apt as root; print one line otherwise."""
    if pango_is_there():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        install = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *PACKAGES)
        subprocess.run(("apt-get", "update", "--quiet"), env=environment, check=False)
        subprocess.run(install, env=environment, check=False)
    if not pango_is_there():
        print(f"Pango is missing, so no PDF will be made. To get one, type: sudo {COMMAND}")


if __name__ == "__main__":
    main()
