"""What stands around a formula, once for all: bases, decay, momentum, schedules, line searches."""
