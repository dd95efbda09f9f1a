"""What the template's functions lean on: database, AWS state, bus, queues, schedules."""
