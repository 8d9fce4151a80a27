"""Videos from KIE.AI: what can be ordered there, how it is asked for, and how it may fail."""

from videogen.kie.catalogue import Catalogue, CatalogueError, Offer, read_catalogue
from videogen.kie.client import KieClient
from videogen.kie.opening import open_kie
from videogen.kie.outcomes import (
    Failed,
    Finished,
    NotVisible,
    Running,
    TaskView,
    UploadedPhoto,
)
from videogen.kie.settings import KieSettings

__all__ = [
    "Catalogue",
    "CatalogueError",
    "Failed",
    "Finished",
    "KieClient",
    "KieSettings",
    "NotVisible",
    "Offer",
    "Running",
    "TaskView",
    "UploadedPhoto",
    "open_kie",
    "read_catalogue",
]
