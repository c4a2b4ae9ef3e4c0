"""台账: each ledger is one file here, with the headings of the regulators' and of complaint departments in their order.

One waits whose rows do not exist yet: 溯源整改.
"""

from complaints.ledgers.agreement import Agreements
from complaints.ledgers.base import Ledger
from complaints.ledgers.broker import BrokerClues
from complaints.ledgers.complaint import Complaints
from complaints.ledgers.ending import Endings
from complaints.ledgers.extension import Extensions
from complaints.ledgers.liability import Liabilities
from complaints.ledgers.major import Major
from complaints.ledgers.mediation import Mediations
from complaints.ledgers.partner import Cooperations
from complaints.ledgers.redress import Redresses
from complaints.ledgers.reveal import Reveals
from complaints.ledgers.review import Reviews
from complaints.ledgers.spot import SpotChecks

LEDGERS: dict[str, Ledger] = {
    one.key: one
    for one in (
        Complaints(),
        Major(),
        Extensions(),
        Reviews(),
        Endings(),
        Redresses(),
        Liabilities(),
        Mediations(),
        Agreements(),
        BrokerClues(),
        Reveals(),
        SpotChecks(),
        Cooperations(),
    )
}
