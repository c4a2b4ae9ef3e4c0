"""What can be wrong with a message, a channel or a survey."""

from django.utils.translation import gettext_lazy as _

from sqm_site.errors import DomainError, NotFound


class Repeated(DomainError):
    """Another request stores the same message at this moment. Roll back and look for it again."""

    code = "in-progress"
    message = _("The same message is being stored by another request. Send it again in a few seconds.")


class ChannelDown(DomainError):
    """The other side does not answer or says “later”: the notice is tried again."""

    code = "channel-down"
    message = _("{channel} cannot take messages now: {reason}")
    status_code = 503


class ChannelRefused(DomainError):
    """The other side will never take this message: a person must look."""

    code = "channel-refused"
    message = _("{channel} refused the message: {reason}")


class UnknownSurvey(NotFound):
    message = _("There is no survey with this address. Open the link from our message again.")


class SurveyAnswered(DomainError):
    code = "survey-answered"
    message = _("This survey has been answered already. Thank you.")


class SurveyExpired(DomainError):
    code = "survey-expired"
    message = _("This survey has ended. To tell us more, call the service hotline.")
    status_code = 410


class NotTheirAddress(DomainError):
    code = "forbidden"
    message = _("This link was not sent to where we know you by. Tell a colleague of ours that you want no surveys.")
    status_code = 403
