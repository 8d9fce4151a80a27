"""What an operator asks and tells videogen: queue, jobs, one job, workers, providers."""
