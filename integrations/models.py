"""The integrations' models, gathered where Django looks for them. Nothing else."""
