"""Start MiniStack with everything it lacks: python -m rehearsal.emulator."""

import ministack.app as app

from rehearsal.emulator import alarms, background, buckets, mappings, roles, runtime, sagemaker, tls

for part in (runtime, mappings, sagemaker, roles, tls, alarms, background, buckets):
    part.install()
app.main()
