"""The closed lists that an integration's configuration is made of."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext


class Nature(models.TextChoices):
    """What a message is. Only a complaint has the deadlines of the law."""

    COMPLAINT = "complaint", pgettext("nature", "Complaint")
    ENQUIRY = "enquiry", pgettext("nature", "Enquiry")
    SUGGESTION = "suggestion", pgettext("nature", "Suggestion")
    PRAISE = "praise", pgettext("nature", "Praise")
    SERVICE_REQUEST = "service_request", pgettext("nature", "Service request")
    PETITION = "petition", pgettext("nature", "Petition")
    TIP_OFF = "tip_off", pgettext("nature", "Tip-off")
    PRIVACY_REQUEST = "privacy_request", pgettext("nature", "Personal information request")


class InstitutionType(models.TextChoices):
    """What a legal entity is by its licence; rules of law ask for it."""

    BANK = "bank", pgettext("institution", "Bank")
    PROPERTY_INSURER = "property_insurer", pgettext("institution", "Property insurer")
    LIFE_INSURER = "life_insurer", pgettext("institution", "Life insurer")
    WEALTH_MANAGER = "wealth_manager", pgettext("institution", "Wealth manager")
    OTHER = "other", pgettext("institution", "Other institution")


class ClientChannel(models.TextChoices):
    """The channels a key may post for: those of feedback/channels by which customers speak."""

    PHONE = "phone", pgettext("channel", "Phone")
    WECHAT = "wechat", pgettext("channel", "WeChat")
    APP = "app", pgettext("channel", "Mobile app")
    WEB = "web", pgettext("channel", "Web site")
    COUNTER = "counter", pgettext("channel", "Counter")
    LETTER = "letter", pgettext("channel", "Letter")
    EMAIL = "email", pgettext("channel", "E-mail")
    HOTLINE = "hotline", pgettext("channel", "City hotline 12345")
    REGULATOR = "regulator", pgettext("channel", "Regulator's transfer")
    MEDIA = "media", pgettext("channel", "Media")


class Scope(models.TextChoices):
    """What a key opens."""

    POST = "feedback:write", _("Post messages")
    READ = "cases:read", _("Read the cases it brought in")
    ACT = "cases:act", _("Act on the cases it brought in")
    FIGURES = "kpis:read", _("Read figures and reports")
