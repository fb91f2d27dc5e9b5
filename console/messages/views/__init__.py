"""The pages about messages: writing, approving, controlling, correcting, removing, by hand."""

from __future__ import annotations

from console.messages.views import (
    approving,
    breaking_off,
    cards,
    closing,
    control,
    correcting,
    faults,
    images,
    listing,
    pins,
    promises,
    removing,
    starting,
    tasks,
    writers,
    writing,
)
from console.messages.views.common import bp

__all__ = [
    "approving",
    "bp",
    "breaking_off",
    "cards",
    "closing",
    "control",
    "correcting",
    "faults",
    "images",
    "listing",
    "pins",
    "promises",
    "removing",
    "starting",
    "tasks",
    "writers",
    "writing",
]
