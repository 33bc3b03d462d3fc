"""The browser over buckets, containers and directories: a tree of which only what is opened is asked for, page by page.

What a server refuses stands on the node that was to be opened. Chooses a place, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, Tree
from textual.widgets.tree import TreeNode

from s3bench_tui.stores.browse import Browser, Entry, Page
from s3bench_tui.ui.setup.asking import Answered, ask
from s3bench_tui.units import format_size

Opener = Callable[[], Browser]
"""Opens a browser; called in a thread, may take its time. Raises TargetError or ConfigError."""


@dataclass(slots=True)
class Knot:
    """What a node stands for: a level, an object, or the page that follows."""

    uri: str
    name: str
    opens: bool = True
    following: str = ""
    """Of a node that stands for the next page of its parent."""
    asked: bool = False


class BrowseDialog(ModalScreen[str]):
    """Answers with the URI of the level that was chosen."""

    HELP = "right opens a level and asks for one page of it; enter chooses the level as the target; esc gives up."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "close"),
        Binding("right", "open", "open"),
        Binding("left", "shut", "close the level"),
        Binding("enter", "choose", "choose", priority=True),
    ]

    def __init__(self, uri: str, about: str, opener: Opener) -> None:
        super().__init__()
        self._uri = uri
        self._about = about
        self._opener = opener
        self._browser: Browser | None = None
        self._waiting: TreeNode[Knot] | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog browse") as box:
            box.border_title = f"Browse  {self._uri}"
            box.border_subtitle = "right open   left close   enter choose   esc close"
            if self._about:
                yield Static(self._about, classes="about", markup=False)
            tree: Tree[Knot] = Tree(self._uri, Knot(self._uri, self._uri))
            tree.auto_expand = False
            tree.guide_depth = 3
            yield tree
            yield Static("", classes="state", markup=False)

    def on_mount(self) -> None:
        """Open the first level: to browse is to ask."""
        self._tree.focus()
        self._ask(self._tree.root)

    @property
    def _tree(self) -> Tree[Knot]:
        return self.query_one(Tree)

    # --- asking ---------------------------------------------------------------------------------------------------

    def _ask(self, node: TreeNode[Knot]) -> None:
        """Ask for the page that a node stands for; one question at a time."""
        knot = node.data
        if knot is None or knot.asked or self._waiting is not None:
            return
        knot.asked = True
        self._waiting = node
        self._say(f"asking for {knot.uri}   esc gives up")
        token = object()
        self._token = token

        def question() -> tuple[Browser, Page]:
            browser = self._browser or self._opener()
            return browser, browser.page(knot.uri, knot.following)

        ask(self, token, question)

    def on_answered(self, event: Answered) -> None:
        """Show the page, or on the node why there is none."""
        if event.token is not self._token:
            return  # nobody waits for it any more
        node, self._waiting = self._waiting, None
        assert node is not None and node.data is not None, "every question that is waited for has its node"
        if isinstance(event.answer, Exception):
            node.data.asked = False
            node.set_label(Text.assemble(node.data.name, "  !! refused"))
            self._say(f"!! {event.answer}")
            return
        self._browser, page = event.answer
        self._show(node, node.data, page)

    def _show(self, node: TreeNode[Knot], knot: Knot, page: Page) -> None:
        parent = node
        if knot.following and node.parent is not None:
            parent = node.parent
            node.remove()
        else:
            node.set_label(Text(knot.name))
        for entry in page.entries:
            self._add(parent, entry)
        if page.following:
            more = Knot(knot.uri, "", opens=False, following=page.following)
            parent.add_leaf(f"... {len(parent.children)} shown, enter for more", more)
        if not parent.children:
            self._say("nothing is in it")
        else:
            self._say(f"{len(page.entries)} shown, there are more" if page.following else "all shown")
        parent.expand()

    def _add(self, parent: TreeNode[Knot], entry: Entry) -> None:
        knot = Knot(entry.uri, entry.name, entry.opens)
        if entry.opens:
            parent.add(Text(knot.name), knot)
        else:
            size = "" if entry.size_bytes is None else format_size(entry.size_bytes)
            parent.add_leaf(Text(f"{entry.name:<34} {size:>10}"), knot)

    def _say(self, text: str) -> None:
        self.query_one(".state", Static).update(text)

    # --- keys -----------------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the level under the cursor; where it is open, show it."""
        node = self._tree.cursor_node
        if node is None or node.data is None:
            return
        if node.children:
            node.expand()
        elif node.data.opens or node.data.following:
            self._ask(node)

    def action_shut(self) -> None:
        """Close the level under the cursor, or go to the one around it."""
        node = self._tree.cursor_node
        if node is None:
            return
        if node.is_expanded and node.children:
            node.collapse()
        elif node.parent is not None:
            self._tree.move_cursor(node.parent)

    def action_choose(self) -> None:
        """Take the level under the cursor."""
        node = self._tree.cursor_node
        if node is None or node.data is None:
            return
        if node.data.following:
            self._ask(node)
        elif not node.data.opens:
            self._say("a target is a bucket, a container, a directory or a prefix: choose the level around this")
        elif not names_a_target(node.data.uri):
            self._say("choose something in it: right opens it")
        else:
            self.dismiss(node.data.uri)

    def action_give_up(self) -> None:
        """Forget the question that is asked; with none, close."""
        if self._waiting is None:
            self.dismiss()
            return
        node, self._waiting = self._waiting, None
        self._token = object()
        self._browser = None  # the thread that was given up may still use it
        if node.data is not None:
            node.data.asked = False
        self._say("given up   right asks again")

    def on_unmount(self) -> None:
        """Give back connections, where no thread uses them."""
        if self._browser is not None and self._waiting is None:
            self._browser.close()


def names_a_target(uri: str) -> bool:
    """Whether a place in the browser is more than the list of what there is."""
    scheme, _, rest = uri.partition("://")
    parts = [part for part in rest.split("/") if part]
    return len(parts) >= (2 if scheme == "az" else 1)
