"""What rooms ask of rooms above them, by name: the line of imports goes down only."""

# before /readyz says ready: name -> function that gives "ready" or a sentence
READINESS = {"keys": "security.keycheck.readiness"}
# what /readyz tells as degraded: name -> function that gives "ready" or a sentence
ALARMS = {
    "rules": "complaints.services.deadlines.alarm",
    "people": "complaints.services.rechecking.alarm",
    "scanner": "complaints.services.scanning.alarm",
}
ABOVE = {
    "days": "sla.services.working_days_after",
    "codes": "complaints.services.taxonomy.codes",
    "tell": "feedback.services.notify",
}
