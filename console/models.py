"""Every table, imported once, for alembic and for tests that read each column."""

from console.accounts import models as accounts
from console.approvals import models as approvals
from console.db import Base
from console.incidents import models as incidents
from console.messages import models as messages
from console.people import models as people
from console.policy import models as policy
from console.timeline import models as timeline

__all__ = [
    "Base",
    "accounts",
    "approvals",
    "incidents",
    "messages",
    "people",
    "policy",
    "timeline",
]
