"""Makes the videos: takes deducted jobs, asks a provider, reports what happened. Knows no money."""
