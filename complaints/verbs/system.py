"""What the system writes into the log by itself: kinds of events without form, gate or right."""

from django.utils.translation import pgettext_lazy as pgettext

from complaints.recorded import CUSTOMER, Recorded

take_in = Recorded("take_in", pgettext("verb", "Register"), shown_as=CUSTOMER)
join = Recorded("join", pgettext("verb", "Further message"), shown_as=CUSTOMER)
fire = Recorded("fire", pgettext("verb", "Deadline rung"), leaves_etag=True)
climb = Recorded("climb", pgettext("verb", "Escalation climbs"), leaves_etag=True)
recount = Recorded("recount", pgettext("verb", "Deadlines recounted"), leaves_etag=True)
imported = Recorded("imported", pgettext("verb", "Imported"))
reveal = Recorded("reveal", pgettext("verb", "Reveal"), leaves_etag=True)
scan = Recorded("scan", pgettext("verb", "File scanned"), leaves_etag=True)
recuse = Recorded("recuse", pgettext("verb", "Recusal"), leaves_etag=True)
