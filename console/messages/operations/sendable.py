"""What may be sent now, as conditions in SQL: asked at each claim, and again at each start."""

from __future__ import annotations

NOW = "(SELECT budkavle_now())"
"""Asked for once in a query, not once a row."""

NOT_FAULTY = """
    NOT EXISTS (SELECT 1 FROM fault_marks f
                WHERE f.message_id = b.message_id AND f.withdrawn_at IS NULL)
"""
"""Once *Fel ute* has been said of a message, no more of it goes out unless that is taken back."""

STANDS = f"""(
    ({{b}}.state = 'running' OR {{b}}.state = 'done' AND {{b}}.state_reason = 'finished')
    AND ({{b}}.promise_at IS NULL OR NOT {{b}}.repeating OR {{b}}.promise_at > {NOW}))
"""
"""A broadcast whose posts may go out. *Done* for any other reason than that its rounds are over, it
was stopped, replaced or ended by Läget över: what comes back unsent then is never tried again. Nor
is a repeated text whose next word was due by now (see `rules.may_go_on`)."""

ORDINARY_OPEN = """(
    d.incident_id IS NULL
    AND EXISTS (SELECT 1 FROM accounts oa WHERE oa.id = d.account_id AND oa.state = 'active')
    AND NOT EXISTS (
        SELECT 1 FROM locks ol JOIN broadcasts ob ON ob.id = d.broadcast_id
        WHERE ol.account_id = d.account_id AND NOT ol.exercise
          AND (ol.released_at IS NULL OR ol.released_at >= ob.released_at)))
"""
"""Condition on a delivery `d`. A lock that came and went meanwhile holds the post too: whoever
released it didn't know of the event, and is asked anew."""

ACCOUNT_OPEN = f"""(EXISTS (
        SELECT 1 FROM locks l
        JOIN incident_accounts c USING (incident_id, account_id)
        JOIN accounts a ON a.id = l.account_id
        WHERE l.incident_id = d.incident_id AND l.account_id = d.account_id
          AND l.released_at IS NULL AND c.use = 'publish' AND a.state = 'active')
        OR {ORDINARY_OPEN})
"""
"""Condition on a delivery `d`: its account is locked by its event and ours to use, or, of an
ordinary post, locked by none."""

# A round whose posts may be sent now: released, in time, not stopped.
ROUND_OPEN = f"""
    EXISTS (SELECT 1 FROM rounds r
            JOIN broadcasts b ON b.id = r.broadcast_id
            LEFT JOIN incidents i ON i.id = r.incident_id
            WHERE r.id = {{round}} AND r.released_at IS NOT NULL AND r.expires_at > {NOW}
              AND {STANDS.format(b="b")} AND {NOT_FAULTY}
              AND (i.state = 'open' OR r.incident_id IS NULL))
"""
# A post that may be sent now. Older posts on the same account go first, so that a correction never
# overtakes what it corrects. No post waits for edits: they change older ones, and may be many. One
# with a picture waits for that, and no other post does. A website is the site process's, whether it
# leads or not.
POST_OPEN = f"""
    d.state IN ('queued', 'retry') AND NOT d.leading AND d.kind <> 'website'
    AND (d.picture_id IS NULL OR EXISTS (
        SELECT 1 FROM pictures pic WHERE pic.id = d.picture_id AND pic.state <> 'waiting'))
    AND (d.not_before IS NULL OR d.not_before <= {NOW})
    AND {ACCOUNT_OPEN}
    AND NOT EXISTS (
        SELECT 1 FROM deliveries o
        WHERE o.account_id = d.account_id AND o.exercise = d.exercise AND o.state = 'started')
    AND NOT EXISTS (
        SELECT 1 FROM deliveries o
        JOIN broadcasts ob ON ob.id = o.broadcast_id JOIN rounds orr ON orr.id = o.round_id
        WHERE o.account_id = d.account_id AND o.incident_id = d.incident_id AND o.id < d.id
          AND o.state IN ('queued', 'claimed') AND (o.act = 'post' OR d.act = 'edit')
          AND {STANDS.format(b="ob")} AND orr.expires_at > {NOW})
"""
NO_WAIT = f"NOT EXISTS (SELECT 1 FROM pacing p WHERE p.key = {{key}} AND p.not_before > {NOW})"
NOT_ASKED_TO_WAIT = f"""
    NOT EXISTS (SELECT 1 FROM pacing p
                WHERE p.key = d.pacing_key AND p.not_before > {NOW} AND p.full_at IS NULL)
"""
"""Condition on a claimed delivery `d`. A channel that keeps a rate is held by its empty bucket too,
and what is claimed of it is what there was room for."""

TARGET = f"""CASE WHEN u.exercise AND EXISTS (
        SELECT 1 FROM injects j
        WHERE j.incident_id = u.incident_id AND j.account_id = u.account_id
          AND j.kind = 'channel_down' AND j.until > {NOW})
    THEN u.target || jsonb_build_object('down', true) ELSE u.target END AS target"""
"""Settings that the console gives a post's channel: while an exercise's plan has the account down,
the exercise wall takes nothing. No live post asks."""
