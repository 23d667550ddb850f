"""The integrations' models, gathered where Django looks for them. Nothing else."""

from integrations.switch.models import Event as Event
