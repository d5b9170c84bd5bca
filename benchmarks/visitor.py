"""A visitor of the real app: what a browser sends and gets over the app's WebSocket, without drawing it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

_FIELDS = {"selectbox": "string_value", "checkbox": "bool_value", "button": "trigger_value"}
_AGAIN = ForwardMsg.FINISHED_EARLY_FOR_RERUN


class Visitor:
    """One tab. Between two clicks it knows every widget of the page, as a browser does."""

    def __init__(self, socket: ClientConnection, page: str, link: Mapping[str, str]) -> None:
        self._socket, self._page, self._query = socket, page, urlencode(link)
        self._page_hash = ""
        self._states: dict[str, WidgetState] = {}
        self.widgets: dict[tuple[str, str], Any] = {}
        """What the page shows, by kind and label (components: by name and key of their first group)."""
        self.problems: list[str] = []
        """What a visitor would have seen as an error."""
        self.bytes = 0

    @classmethod
    async def come(cls, address: str, page: str, **link: str) -> tuple[Self, float]:
        """Open a page by its link; also says how many seconds that took."""
        socket = await connect(
            f"{address.replace('http', 'ws')}/_stcore/stream", subprotocols=["streamlit"], max_size=None,
            ping_interval=None,
        )  # fmt: skip
        visitor = cls(socket, page, link)
        return visitor, await visitor._run([])

    async def leave(self) -> None:
        """Close the tab."""
        await self._socket.close()

    async def choose(self, label: str, value: str) -> float:
        """Take an entry of a select box; seconds until the page was redrawn."""
        widget = self.widgets["selectbox", label]
        self._bind(widget, value)
        self._states[widget.id] = WidgetState(id=widget.id, string_value=value)
        return await self._run([])

    async def toggle(self, label: str, on: bool) -> float:
        """Switch a toggle."""
        widget = self.widgets["checkbox", label]
        self._bind(widget, "true" if on else "false")
        self._states[widget.id] = WidgetState(id=widget.id, bool_value=on)
        return await self._run([])

    async def slide(self, label: str, low: float, high: float) -> float:
        """Move both ends of a slider."""
        widget = self.widgets["slider", label]
        state = WidgetState(id=widget.id)
        state.double_array_value.data.extend([low, high])
        self._states[widget.id] = state
        return await self._run([])

    async def press(self, label: str) -> float:
        """Press a button."""
        return await self._run([WidgetState(id=self.widgets["button", label].id, trigger_value=True)])

    async def pick(self, gallery: str, kind: str, key: str) -> float:
        """Click a tile or a title of a gallery, named by the key of its first group."""
        widget = self.widgets["gallery", gallery]
        picked = [{"event": "picked", "value": {"kind": kind, "key": key}}]
        name = f"$$STREAMLIT_INTERNAL_KEY_{widget.id}__events"
        return await self._run([WidgetState(id=name, json_trigger_value=json.dumps(picked))])

    async def dismiss(self) -> float:
        """Close the dialog that is open."""
        return await self._run([WidgetState(id=self.widgets["dialog", ""].id, trigger_value=True)])

    def groups(self, gallery: str) -> list[dict[str, Any]]:
        """What a gallery shows."""
        return list(json.loads(self.widgets["gallery", gallery].json)["groups"])

    def _bind(self, widget: Any, value: str) -> None:
        """A widget that is part of the link changes it."""
        if widget.query_param_key:
            self._query = urlencode({**dict(parse_qsl(self._query)), widget.query_param_key: value})

    async def _run(self, triggers: list[WidgetState]) -> float:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash = self._query, self._page_hash
        asked.page_name = "" if self._page_hash else self._page
        asked.widget_states.widgets.extend([*self._states.values(), *triggers])
        started = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        received: list[ForwardMsg] = []
        while True:
            content = await self._socket.recv(decode=False)
            self.bytes += len(content)
            got = ForwardMsg.FromString(content)
            kind = got.WhichOneof("type")
            if kind == "script_finished" and got.script_finished != _AGAIN:
                took = time.perf_counter() - started
                break
            received.append(got)
        self._look_at(received)
        return took

    def _look_at(self, received: list[ForwardMsg]) -> None:
        for message in received:
            match message.WhichOneof("type"):
                case "new_session":
                    self.widgets.clear()
                case "navigation":
                    self._page_hash = message.navigation.page_script_hash
                case "page_info_changed":
                    self._query = message.page_info_changed.query_string
                case "delta":
                    self._keep(message.delta)

    def _keep(self, delta: Any) -> None:
        if delta.add_block.WhichOneof("type") == "dialog":
            self.widgets["dialog", ""] = delta.add_block.dialog
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.problems.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self.problems.append(element.alert.body)
        elif kind == "bidi_component":
            component = element.bidi_component
            first = (
                json.loads(component.json).get("groups", [{}])
                if component.component_name == "gallery"
                else []
            )
            self.widgets[component.component_name, first[0]["key"] if first else ""] = component
        elif kind:
            widget = getattr(element, kind)
            if hasattr(widget, "id") and hasattr(widget, "label"):
                self.widgets[kind, widget.label] = widget
