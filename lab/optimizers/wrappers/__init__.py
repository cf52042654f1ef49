"""What stands around a formula, written once for every method: bases, decay, momentum, grafting, schedules, line searches."""
