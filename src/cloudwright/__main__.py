"""`python -m cloudwright`: the command line of the interpreter that runs it, whatever `cloudwright` is on the PATH."""

from __future__ import annotations

from cloudwright.cli import main

if __name__ == "__main__":
    main()
