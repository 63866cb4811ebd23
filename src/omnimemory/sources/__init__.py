"""Sources: a path or decoded objects in a system's own format → records, one file each.

A new source is one file beside this one and one import line below. The imports are eager so that
``sources.zendesk`` is always the source and never the module of the same name.
"""

from __future__ import annotations

from omnimemory.errors import InputError
from omnimemory.sources._reading import Item as Item
from omnimemory.sources._source import Source as Source
from omnimemory.sources.calls import calls as calls
from omnimemory.sources.chat import chat as chat
from omnimemory.sources.csv import csv as csv
from omnimemory.sources.devrev import devrev as devrev
from omnimemory.sources.github import github as github
from omnimemory.sources.hubspot import hubspot as hubspot
from omnimemory.sources.intercom import intercom as intercom
from omnimemory.sources.jira import jira as jira
from omnimemory.sources.linear import linear as linear
from omnimemory.sources.mbox import mbox as mbox
from omnimemory.sources.records import records as records
from omnimemory.sources.salesforce import salesforce as salesforce
from omnimemory.sources.segment import segment as segment
from omnimemory.sources.slack import slack as slack
from omnimemory.sources.zendesk import zendesk as zendesk

BY_NAME: dict[str, Source[...]] = {
    one.name: one for one in list(globals().values()) if isinstance(one, Source)
}


def named(name: str) -> Source[...]:
    """Return the source of this name.

    Raises:
        InputError: There is none; the message lists those that there are.
    """
    found = BY_NAME.get(name)
    if found is None:
        raise InputError(f"no source {name!r}; known: {', '.join(sorted(BY_NAME))}")
    return found
