"""Say in one line what is missing when this Python cannot run the project."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  this file is run by whatever python3 there is
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(f"Python 3.11 or newer is needed (found {found}); try: make PYTHON=python3.12 demo")

try:
    import ensurepip  # noqa: F401
except ImportError:
    sys.exit(
        "Python's venv module is incomplete; on Debian or Ubuntu: apt-get install python3-venv"
    )
