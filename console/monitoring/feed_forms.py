"""What the page about sources asks for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField


class SourceForm(FlaskForm):
    name = StringField(_l("Vad heter källan?"))
    address = StringField(_l("Flödets adress"))
    only = StringField(_l("Bara det som nämner"))
