"""Every table, imported once, for alembic and for tests that read each column."""

from console.accounts import (
    absence_models,
    connecting_models,
    readiness_models,
    start_page_models,
)
from console.accounts import custody_models as custody
from console.accounts import import_models as register_imports
from console.accounts import models as accounts
from console.accounts import plan_models as plans
from console.accounts import platform_models as platforms
from console.answers import models as answers
from console.approvals import models as approvals
from console.archive import disposal_models
from console.archive import models as archive
from console.board import monday_models
from console.db import Base
from console.guideline import models as guideline
from console.incidents import exercise_models as exercises
from console.incidents import models as incidents
from console.messages import image_models as message_images
from console.messages import models as messages
from console.messages import pin_models as message_pins
from console.messages import process_models as processes
from console.messages import sent_models as sent
from console.monitoring import check_models as checks
from console.monitoring import feed_models as feeds
from console.monitoring import lock_models as lock_alarms
from console.monitoring import models as monitoring
from console.monitoring import moderation_models as moderations
from console.monitoring import question_models as questions
from console.people import models as people
from console.pictures import models as pictures
from console.policy import models as policy
from console.posts import models as posts
from console.recipients import models as recipients
from console.review import evaluation_models as evaluations
from console.review import handout_models as handouts
from console.review import models as review
from console.review import yearly_models as yearly_reports
from console.site import page_models as site_pages
from console.site import start_page_models as start_page_events
from console.timeline import models as timeline
from console.upkeep import models as upkeep

__all__ = [
    "Base",
    "absence_models",
    "accounts",
    "answers",
    "approvals",
    "archive",
    "checks",
    "connecting_models",
    "custody",
    "disposal_models",
    "evaluations",
    "exercises",
    "feeds",
    "guideline",
    "handouts",
    "incidents",
    "lock_alarms",
    "message_images",
    "message_pins",
    "messages",
    "moderations",
    "monday_models",
    "monitoring",
    "people",
    "pictures",
    "plans",
    "platforms",
    "policy",
    "posts",
    "processes",
    "questions",
    "readiness_models",
    "recipients",
    "register_imports",
    "review",
    "sent",
    "site_pages",
    "start_page_events",
    "start_page_models",
    "timeline",
    "upkeep",
    "yearly_reports",
]
