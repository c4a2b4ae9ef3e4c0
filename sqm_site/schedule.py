"""What happens by itself: which sweeps tick, and who reads the log of the cases."""

SWEEP_SECONDS = 2.0


def sweep(task: str, seconds: float = SWEEP_SECONDS) -> dict:
    """A beat entry whose tick is dropped when the next one is due: ticks never pile up."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


CELERY_BEAT_SCHEDULE = {
    # reminders before a deadline, breaches, and the rungs after them
    "fire due rungs": sweep("complaints.tasks.fire_due_rungs"),
    # escalations that nobody answered in four working hours, and plans whose day is over
    "climb unanswered escalations": sweep("complaints.tasks.climb_unanswered"),
    # waits for the customer that are over
    "end waits": sweep("complaints.tasks.end_waits"),
    # told cases whose time for filing is over
    "file told cases": sweep("complaints.tasks.file_told_cases"),
    # cases whose people changed: whom they concern, and who answers for them
    "keep people": sweep("complaints.tasks.keep_people"),
    # staff notices and customer messages whose time has come
    "deliver due notices": sweep("feedback.tasks.deliver_due_notices"),
    # files that customers and colleagues handed over, past the scanner
    "scan attachments": sweep("complaints.tasks.scan_attachments", 10.0),
    # files that nothing names, and files of the storage that nothing knows
    "remove orphans": sweep("complaints.tasks.remove_orphans", 3600.0),
    # what people asked for that takes longer than a page waits
    "run jobs": sweep("complaints.tasks.run_jobs"),
    # yesterday's settled cases: which are checked
    "draw the sample": sweep("complaints.tasks.draw_sample", 3600.0),
    # open deadlines, after days of a calendar were entered or changed
    "count deadlines again": sweep("complaints.tasks.count_deadlines_again", 10.0),
    # how the names of new units, people and codes are typed
    "spell new names": sweep("complaints.tasks.spell_new_names", 60.0),
    # words of new texts, into the index by which they are searched for
    "merge new words": sweep("complaints.tasks.merge_new_words", 5.0),
    # KPI cells of the cases that changed
    "refresh touched cells": sweep("quality.tasks.refresh_touched_cells"),
    # new event hashes into the seal chain
    "seal new events": sweep("complaints.tasks.seal_new_events"),
    # who opened which case, into the audit log
    "record openings": sweep("organization.tasks.record_openings"),
    # answers to Idempotency-Keys older than seven days, and openings recorded in earlier months
    "forget what is over": sweep("organization.tasks.forget_what_is_over", 3600.0),
    # proposals that nobody decided in time
    "end stale proposals": sweep("organization.tasks.end_stale_proposals", 3600.0),
}
# Readers of the case event log -> the verbs they have no use for. Each gets an Unread row of every other event.
EVENT_READERS: dict[str, frozenset[str]] = {
    "quality.cells": frozenset({"climb", "fire", "recuse", "scan"}),  # none is a fact that is counted
    "seal": frozenset(),
}
