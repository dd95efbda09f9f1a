"""Developer console at `/_local`: mail, schedules, queues, logs and resources of the local cloud."""
