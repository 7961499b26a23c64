"""python -m rehearsal.emulator [part ...]: start MiniStack with these parts of what it lacks."""

import importlib
import sys

import ministack.app as app

parts, sys.argv[1:] = sys.argv[1:], []  # MiniStack reads what is left
for part in parts:
    importlib.import_module(f"rehearsal.emulator.{part}").install()
app.main()
