from sla.models.calendar import Calendar, CalendarDay, ChangedDays, Weekday, WeekdayHours
from sla.models.clock import Basis, ClockBase, ClockKind, ClockState, DeadlineMoveBase, FiringBase, MoveCause
from sla.models.ladder import Ladder, Rung, RungKind, Tell
from sla.models.policy import DayType, Decider, ExtensionStep, Level, Measure, Policy, RuleSet, Starts, Target
from sla.models.version import Version

__all__ = [
    "Basis",
    "Calendar",
    "CalendarDay",
    "ChangedDays",
    "ClockBase",
    "ClockKind",
    "ClockState",
    "DayType",
    "DeadlineMoveBase",
    "Decider",
    "ExtensionStep",
    "FiringBase",
    "Ladder",
    "Level",
    "Policy",
    "RuleSet",
    "Rung",
    "RungKind",
    "Starts",
    "Target",
    "Tell",
    "Measure",
    "MoveCause",
    "Version",
    "Weekday",
    "WeekdayHours",
]
