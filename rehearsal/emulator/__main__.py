"""Start MiniStack with everything it lacks: python -m rehearsal.emulator."""

import ministack.app as app

from rehearsal.emulator import (
    alarms,
    buckets,
    callers,
    firewall,
    http_api,
    mappings,
    roles,
    runtime,
    sagemaker,
    targets,
    tls,
)

for part in (runtime, mappings, sagemaker, roles, targets, http_api, callers, tls, alarms, buckets,
             firewall):
    part.install()
app.main()
