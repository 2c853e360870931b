"""``python -m supportsim`` is the command ``supportsim``."""

from supportsim.cli.main import main

main()
