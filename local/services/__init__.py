"""Services of the template's functions: database, AWS emulator, bus, queues, schedules."""
