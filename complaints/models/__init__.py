from complaints.models.address import ADDRESSES, Address
from complaints.models.attachment import DOCUMENTS, IDENTITY, Attachment
from complaints.models.batch import Batch, BatchRow
from complaints.models.broker import BrokerClue
from complaints.models.case import Case, CaseQuerySet
from complaints.models.clock import OUTLASTING, RUNNING_ON, Clock, DeadlineMove, Firing
from complaints.models.code import Code
from complaints.models.countersigning import Countersignature, CountersignRule, Weight
from complaints.models.decision import Decision
from complaints.models.event import CaseEvent, CaseText, Unread
from complaints.models.group import GroupSign
from complaints.models.imported import ImportedRow
from complaints.models.letter import Letter, draw_number
from complaints.models.liability import Liability, LiabilityShare
from complaints.models.limit import RedressLimit
from complaints.models.link import STEMS, Link
from complaints.models.moving import Agreement, Exclusion, Extension
from complaints.models.paging import with_rounds
from complaints.models.promise import Promise
from complaints.models.recusal import Recheck, RoleChange
from complaints.models.redress import Redress
from complaints.models.representative import Representative
from complaints.models.round import MOVED, Offer, Round
from complaints.models.routing import Arrival, RoutingRule
from complaints.models.saved import SavedView
from complaints.models.spot import SpotCheck
from complaints.models.states import (
    BEFORE_DECIDED,
    BEFORE_TOLD,
    CONDUCT,
    FINAL,
    MAJOR_FROM,
    OPEN,
    PAUSED,
    SETTLING,
    WAITING,
    AnswerSource,
    Level,
    Nature,
    Satisfaction,
    State,
    Touchpoint,
)
from complaints.models.task import Task, TaskQuerySet
from complaints.models.words import CaseWords, entity_word
from complaints.models.work import (
    Approval,
    Contact,
    Escalation,
    ExternalReference,
    Message,
    Notification,
)

__all__ = [
    "ADDRESSES",
    "BEFORE_DECIDED",
    "BEFORE_TOLD",
    "CONDUCT",
    "DOCUMENTS",
    "FINAL",
    "IDENTITY",
    "MAJOR_FROM",
    "MOVED",
    "OPEN",
    "OUTLASTING",
    "PAUSED",
    "RUNNING_ON",
    "SETTLING",
    "STEMS",
    "WAITING",
    "Address",
    "Agreement",
    "AnswerSource",
    "Approval",
    "Arrival",
    "Attachment",
    "Batch",
    "BatchRow",
    "BrokerClue",
    "Case",
    "CaseEvent",
    "CaseQuerySet",
    "CaseText",
    "CaseWords",
    "Clock",
    "Code",
    "Contact",
    "CountersignRule",
    "Countersignature",
    "DeadlineMove",
    "Decision",
    "Escalation",
    "Exclusion",
    "Extension",
    "ExternalReference",
    "Firing",
    "GroupSign",
    "ImportedRow",
    "Letter",
    "Level",
    "Liability",
    "LiabilityShare",
    "Link",
    "Message",
    "Nature",
    "Notification",
    "Offer",
    "Promise",
    "Recheck",
    "Redress",
    "RedressLimit",
    "Representative",
    "RoleChange",
    "Round",
    "RoutingRule",
    "Satisfaction",
    "SavedView",
    "SpotCheck",
    "State",
    "Task",
    "TaskQuerySet",
    "Touchpoint",
    "Unread",
    "Weight",
    "draw_number",
    "entity_word",
    "with_rounds",
]
