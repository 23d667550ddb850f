"""The rooms' models, gathered where Django looks for them. Nothing else."""

from tenants.announcements.models import Announcement
from tenants.apikeys.models import ApiKey
from tenants.changes.models import (
    Body,
    Change,
    ChangeItem,
    Object,
    Publication,
    Reference,
    Release,
    ReleaseItem,
    Verdict,
)
from tenants.customers.models import Customer, Membership, Site, User
from tenants.destinations.models import Destination, Route
from tenants.externals.models import ExternalNumber
from tenants.groups.models import Group, GroupMember, Line
from tenants.live.models import LiveChange, LiveRegister
from tenants.mailboxes.models import Listener, Mailbox, Message
from tenants.menus.models import Menu
from tenants.nodes.models import Node, Placement, Receipt, Rejection
from tenants.numbers.models import Number
from tenants.people.models import Device, Person
from tenants.prompts.models import Prompt, Take
from tenants.requests.models import Answer
from tenants.schedules.models import DayOpening, ExceptionRule, HolidayRule, Period, Schedule, WeekOpening
from tenants.sounds.models import Sound
from tenants.timeswitches.models import TimeSwitch

__all__ = [
    "Announcement", "Answer", "ApiKey", "Body", "Change", "ChangeItem", "Customer", "DayOpening", "Destination",
    "Device", "ExceptionRule", "ExternalNumber", "Group", "GroupMember", "HolidayRule", "Line", "Listener",
    "LiveChange", "LiveRegister", "Mailbox",
    "Membership", "Menu", "Message", "Node", "Number", "Object", "Period", "Person", "Placement", "Prompt",
    "Publication", "Receipt", "Reference", "Rejection", "Release", "ReleaseItem", "Route", "Schedule", "Site", "Sound",
    "Take", "TimeSwitch", "User", "Verdict", "WeekOpening",
]  # fmt: skip
