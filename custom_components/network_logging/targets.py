"""Entities of the targets, which come and go with the settings of the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddEntitiesCallback

from .coordinator import NetlogConfigEntry
from .document import Target

PREFIX = "target_"


def target_key(slug: str, suffix: str = "") -> str:
    """Returns the key of an entity of a target, unique within the line."""
    return f"{PREFIX}{slug}{suffix}"


@callback
def follow_targets(
    entry: NetlogConfigEntry,
    platform: str,
    suffix: str,
    make: Callable[[Target], Sequence[Entity]],
    add: AddEntitiesCallback,
) -> None:
    """Adds entities for each new target, and removes those of targets that are gone."""
    coordinator = entry.runtime_data
    registry = er.async_get(coordinator.hass)
    known: set[str] = set()

    @callback
    def follow() -> None:
        document = coordinator.data
        wanted = [target for target in document.targets if coordinator.is_wanted(target.host)]
        new = [target for target in wanted if target.slug not in known]
        if new:
            known.update(target.slug for target in new)
            add([entity for target in new for entity in make(target)])
        # Before the first cycle the document may not list the targets yet.
        if not coordinator.last_update_success or document.last_check is None:
            return
        kept = {f"{coordinator.site}_{target_key(target.slug, suffix)}" for target in wanted}
        known.intersection_update(target.slug for target in wanted)
        start = f"{coordinator.site}_{PREFIX}"
        for item in er.async_entries_for_config_entry(registry, entry.entry_id):
            is_target = item.domain == platform and item.unique_id.startswith(start)
            if is_target and item.unique_id not in kept:
                registry.async_remove(item.entity_id)

    follow()
    entry.async_on_unload(coordinator.async_add_listener(follow))
