"""``python -m wflpy``: the same as the ``wflpy`` command."""

from __future__ import annotations

import sys

from wflpy.cli import main

if __name__ == "__main__":
    sys.exit(main())
