"""A real core: start, onboarding, and access by REST and websocket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
import shutil
import sys
import time
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[2]
PORT = 8124
BASE = f"http://127.0.0.1:{PORT}"


class Core:
    """A core in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Copy the component and the blueprints into the folder."""
        self.folder = folder
        self.process: asyncio.subprocess.Process | None = None
        self.session: aiohttp.ClientSession | None = None
        self._token = ""
        folder.mkdir()
        shutil.copytree(
            ROOT / "custom_components" / "network_logging",
            folder / "custom_components" / "network_logging",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        shutil.copytree(ROOT / "assets/home-assistant/blueprints", folder / "blueprints")
        shutil.copy(ROOT / "assets/home-assistant/dashboard.yaml", folder / "dashboard.yaml")

    async def start(self) -> float:
        """Starts the core and returns the seconds until it runs."""
        begin = time.monotonic()
        with (self.folder / "output").open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                Path(sys.executable).with_name("hass"),
                "-c",
                self.folder,
                "--skip-pip",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        if self.session is None:
            self.session = aiohttp.ClientSession(BASE)
            await self._until(self._is_up)
            await self._onboard()
        await self._until(self._is_running)
        return time.monotonic() - begin

    async def _until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(120):
            while not await condition():
                assert self.process is not None
                if self.process.returncode is not None:
                    raise RuntimeError("the core ended")
                await asyncio.sleep(0.2)

    async def _is_up(self) -> bool:
        assert self.session is not None
        try:
            async with self.session.get("/api/onboarding") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def _is_running(self) -> bool:
        try:
            config = await self.rest("GET", "/api/config")
        except (aiohttp.ClientError, AssertionError):
            return False
        return bool(config["state"] == "RUNNING")

    async def _onboard(self) -> None:
        """Makes a user. The step core_config is left out: it would set up what needs internet."""
        assert self.session is not None
        client = f"{BASE}/"
        user = {"name": "Home", "username": "home", "password": "home", "language": "en"}
        async with self.session.post(
            "/api/onboarding/users", json={**user, "client_id": client}
        ) as response:
            code = (await response.json())["auth_code"]
        grant = {"grant_type": "authorization_code", "code": code, "client_id": client}
        async with self.session.post("/auth/token", data=grant) as response:
            self._token = (await response.json())["access_token"]
        body = {"client_id": client, "redirect_uri": f"{BASE}/?auth_callback=1"}
        for step in ("analytics", "integration"):
            await self.rest("POST", f"/api/onboarding/{step}", body)
        # A token that outlives the core: the first one is of this onboarding.
        life = {"lifespan": 1, "client_name": "test"}
        self._token = await self.ws("auth/long_lived_access_token", **life)

    async def stop(self) -> None:
        """Stops the core in order."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            async with asyncio.timeout(60):
                await self.process.wait()

    async def close(self) -> None:
        """Stops the core and closes the connections."""
        await self.stop()
        if self.session is not None:
            await self.session.close()

    async def rest(self, method: str, path: str, body: Any = None) -> Any:
        """Calls the REST API and returns the JSON of the answer."""
        assert self.session is not None
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self.session.request(method, path, json=body, headers=headers) as response:
            text = await response.text()
            assert response.status in (200, 201), f"{path}: {response.status} {text}"
            return await response.json(content_type=None)

    async def ws(self, kind: str, **fields: Any) -> Any:
        """Sends one command by websocket and returns the result."""
        assert self.session is not None
        async with self.session.ws_connect("/api/websocket") as socket:
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self._token})
            await socket.receive_json()
            await socket.send_json({"id": 1, "type": kind, **fields})
            answer = await socket.receive_json()
        assert answer["success"], answer
        return answer["result"]

    async def states(self) -> dict[str, dict[str, Any]]:
        """Returns all states by their entity ids."""
        return {state["entity_id"]: state for state in await self.rest("GET", "/api/states")}

    async def state(self, entity_id: str) -> str | None:
        """Returns the state of an entity, None if there is no such entity."""
        found = (await self.states()).get(entity_id)
        return None if found is None else str(found["state"])

    async def wait(self, entity_id: str, state: str | None, seconds: float) -> float:
        """Waits for a state and returns the seconds it took."""
        begin = time.monotonic()
        found = await self.state(entity_id)
        while found != state:
            if time.monotonic() - begin > seconds:
                raise AssertionError(f"{entity_id} is {found}, not {state}, after {seconds} s")
            await asyncio.sleep(0.02)
            found = await self.state(entity_id)
        return time.monotonic() - begin

    async def call(self, action: str, **data: Any) -> Any:
        """Calls an action of the component and returns its response."""
        path = f"/api/services/network_logging/{action}?return_response"
        return (await self.rest("POST", path, data))["service_response"]

    async def press(self, button: str) -> None:
        """Presses a button."""
        await self.rest("POST", "/api/services/button/press", {"entity_id": f"button.{button}"})

    async def notifications(self) -> list[str]:
        """Returns title and message of every notification."""
        found = await self.ws("persistent_notification/get")
        return [f"{item['title']}: {item['message']}" for item in found]

    async def fired(self, automation: str) -> bool:
        """Returns whether an automation has run."""
        found = (await self.states()).get(f"automation.{automation}")
        assert found is not None, f"no automation.{automation}"
        return found["attributes"]["last_triggered"] is not None

    async def flow(self, handler: str, *answers: dict[str, Any]) -> dict[str, Any]:
        """Goes through a configuration flow and returns the last step."""
        step: dict[str, Any] = await self.rest(
            "POST", "/api/config/config_entries/flow", {"handler": handler}
        )
        for answer in answers:
            step = await self.answer(step, answer)
        return step

    async def answer(self, step: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        """Answers one step of a configuration flow and returns the next."""
        path = f"/api/config/config_entries/flow/{step['flow_id']}"
        return dict(await self.rest("POST", path, answer))

    async def discovered(self, handler: str) -> list[dict[str, Any]]:
        """Returns the flows that a discovery began."""
        found = await self.ws("config_entries/flow/progress")
        return [
            flow
            for flow in found
            if flow["handler"] == handler and flow["context"]["source"] == "zeroconf"
        ]
