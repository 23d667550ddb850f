"""The integrations' models, gathered where Django looks for them. Nothing else."""

from integrations.switch.models import Event as Event
from integrations.switch.testcalls.models import TestCall as TestCall
from integrations.webhooks.models import Delivery as Delivery
from integrations.webhooks.models import Endpoint as Endpoint
