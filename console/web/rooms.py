"""Which rooms the console has: every `views` module with a blueprint `bp`, in the order shown."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

ROOMS: tuple[str, ...] = (
    "console.board.start",
    "console.board.municipality",
    "console.board.duty",
    "console.people.views",
    "console.accounts.views",
    "console.accounts.plan_views",
    "console.accounts.ending_views",
    "console.accounts.custody_views",
    "console.accounts.absence_views",
    "console.accounts.coverage_views",
    "console.accounts.readiness_views",
    "console.accounts.connecting_views",
    "console.accounts.apps_views",
    "console.accounts.import_views",
    "console.recipients.views",
    "console.recipients.signup_views",
    "console.guideline.views",
    "console.guideline.keeping_views",
    "console.accounts.platform_views",
    "console.upkeep.views",
    "console.upkeep.consent_views",
    "console.upkeep.security_views",
    "console.incidents.views",
    "console.incidents.exercise_views",
    "console.messages.views",
    "console.posts.views",
    "console.posts.correcting_views",
    "console.posts.suggestion_views",
    "console.answers.views",
    "console.monitoring.views",
    "console.monitoring.check_views",
    "console.monitoring.inbox_views",
    "console.monitoring.question_views",
    "console.monitoring.moderation_views",
    "console.monitoring.feed_views",
    "console.monitoring.lock_views",
    "console.site.views",
    "console.site.start_page_views",
    "console.review.views",
    "console.review.axis_views",
    "console.review.verifying_views",
    "console.review.evaluation_views",
    "console.archive.views",
    "console.archive.event_views",
    "console.archive.link_views",
    "console.archive.disposal_views",
    "console.review.record_views",
    "console.review.compare_views",
    "console.review.site_views",
    "console.review.yearly_views",
    "console.board.views",
    "console.board.switchboard",
    "console.board.around",
    "console.board.staff",
    "console.board.handovers",
    "console.board.view_links",
    "console.board.viewing",
    "console.board.cards",
    "console.web.tour",
    "console.web.policy",
    "console.web.live_use",
    "console.web.design",
)


def register(app: Flask) -> None:
    for path in ROOMS:
        app.register_blueprint(import_module(path).bp)
