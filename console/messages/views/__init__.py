"""The pages about messages: writing, approving, controlling, correcting, settling by hand."""

from __future__ import annotations

from console.messages.views import approving, closing, control, correcting, listing, tasks, writing
from console.messages.views.common import bp

__all__ = ["approving", "bp", "closing", "control", "correcting", "listing", "tasks", "writing"]
