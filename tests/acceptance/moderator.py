"""A moderator with a browser and a will of his own: takes the next one, hesitates, presses twice, answers too late."""

import re
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import unescape
from random import Random

from feedback.base.domain.text import with_unix_line_ends
from tests.acceptance.corpus import Case
from tests.acceptance.repertoire import FILTERS, REPERTOIRE, SIGN
from tests.faults.visitor import Answer, Visitor
from tests.pages import staff_fields
from tests.web import PageForm, forms_on

NOTHING_WAITS = "没有待看的意见了"
MOST_IN_A_QUEUE = 5_000
_NOTICE = re.compile(r'<p class="notice ok" role="status">([^<]+)</p>')
_PLACE = re.compile(r"/moderation/([A-Z][0-9]-[0-9]{5,7})(?:/beside/([A-Z][0-9]-[0-9]{5,7}))?/(\w+)")
_ROW = re.compile(r'<a class="row card" href="(/moderation/[^"?]+)[^"]*">(.*?)</a>', re.DOTALL)
_BESIDE = re.compile(r'href="(/moderation/[^"]+/beside/[^"]+)"')


@dataclass(frozen=True)
class Deed:
    """One press of a button: on which version of what, the words typed before, and what the service made of it.

    `other` is the second one of a pair. `notice` is what the next page said was done, empty where it was refused.
    """

    user: str
    number: str
    other: str
    action: str
    seen: int
    typed: Mapping[str, str]
    status_code: int
    notice: str
    is_given_back: bool = True
    is_from_old_page: bool = False

    @property
    def is_acknowledged(self) -> bool:
        """Whether the service said that it was done."""
        return bool(self.notice)


@dataclass
class Moderator:
    """Everything he does follows from his random numbers, and from what his colleagues do meanwhile."""

    name: str
    visitor: Visitor
    random: Random
    cases: Sequence[Case]
    numbers: Sequence[str]
    page: Answer
    deeds: list[Deed] = field(default_factory=list)

    def work(self, steps: int) -> None:
        """A day at the desk, at the end of which nothing waits any more that has not been looked at."""
        for _ in range(steps):
            self._go_on()
            self._look_beside()
            self._do_something()
        self._empty("status=received", {"accept", "reply", "confirm"})
        self._empty("queue=to_confirm", {"confirm", "decline"})
        # What was proposed to be refused and was declined waits as before.
        self._empty("status=received", {"accept", "reply", "confirm"})

    def press_on(self, path: str, action: str) -> Deed:
        """Open a page and press the first button of a kind."""
        self.page = self.visitor.get(path)
        form = _form(self.page, action)
        assert form is not None, self.page.text
        return self._press(form, self._type_into(form))

    def _go_on(self) -> None:
        """To the next one of a queue, to one that a colleague looks at, to any other; or nowhere."""
        where = self.random.random()
        if where < 0.7:
            self._take_next(self.random.choice(FILTERS))
        elif where < 0.85:
            self._open_a_colleague_s()
        elif where < 0.95:
            self.page = self.visitor.get(f"/moderation/{self.random.choice(self.numbers)}")

    def _take_next(self, query: str) -> bool:
        """Press 下一件, mostly on the page of the one that is left; whether there was another."""
        left = next((form.fields["leaving"][0] for form in _forms(self.page.text) if "leaving" in form.fields), "")
        fields = {**staff_fields(self.page.text), "leaving": left if self.random.random() < 0.9 else ""}
        self.page = self.visitor.follow(self.visitor.post(f"/moderation/next?campaign=1&{query}", fields))
        assert self.page.status_code == 200, self.page.text
        return NOTHING_WAITS not in self.page.text

    def _open_a_colleague_s(self) -> None:
        self.page = self.visitor.get("/moderation/?campaign=1&status=received")
        claimed = [path for path, row in _ROW.findall(self.page.text) if "在看</span>" in row]
        if claimed:
            self.page = self.visitor.get(self.random.choice(claimed))

    def _look_beside(self) -> None:
        pairs = _BESIDE.findall(self.page.text)
        if pairs and self.random.random() < 0.6:
            self.page = self.visitor.get(unescape(self.random.choice(pairs)))

    def _do_something(self) -> None:
        """Mostly one press; sometimes two at the same moment, sometimes one on a page that is no longer true."""
        form = self._choose()
        if form is None:
            return
        mood = self.random.random()
        if mood < 0.1:
            self._press_twice(form)
        elif mood < 0.2:
            self._press_too_late(form)
        else:
            self._press(form, self._type_into(form))
        undo = _form(self.page, "undo")
        if undo is not None and self.random.random() < 0.15:
            self._press(undo, {})

    def _press(self, form: PageForm, typed: Mapping[str, str], *, is_from_old_page: bool = False) -> Deed:
        deed, page = self._sent(form, typed)
        deed = replace(deed, is_from_old_page=is_from_old_page)
        self.deeds.append(deed)
        self.page = page
        return deed

    def _press_twice(self, form: PageForm) -> None:
        typed = self._type_into(form)
        with ThreadPoolExecutor(2) as fingers:
            both = list(fingers.map(lambda _: self._sent(form, typed), range(2)))
        self.deeds += [deed for deed, _ in both]
        self.page = next((page for deed, page in both if deed.is_acknowledged), both[0][1])

    def _press_too_late(self, form: PageForm) -> None:
        """Change the classification in one window, then press in another that still shows what was before."""
        classify = _form(self.page, "classify")
        if classify is None:
            self._press(form, self._type_into(form))
            return
        self._press(classify, self._type_into(classify))
        self._press(form, self._type_into(form), is_from_old_page=True)

    def _sent(self, form: PageForm, typed: Mapping[str, str]) -> tuple[Deed, Answer]:
        """Send a form in a window of its own, which takes its notices with it."""
        window = replace(self.visitor, cookies=dict(self.visitor.cookies))
        fields = {name: values[0] for name, values in form.fields.items()}
        answer = window.post(form.action, {**fields, **typed})
        page = window.follow(answer)
        place = _PLACE.match(form.action)
        assert place is not None, form.action
        notice = _NOTICE.search(page.text)
        deed = Deed(
            user=self.name,
            number=place[1],
            other=place[2] or "",
            action=SIGN if SIGN in typed else place[3],
            seen=int(fields.get("version", 0)),
            typed=typed,
            status_code=max(answer.status_code, page.status_code),
            notice=notice[1] if notice else "",
            is_given_back=notice is not None or _holds(page, typed),
        )
        return deed, page

    def _type_into(self, form: PageForm) -> dict[str, str]:
        return REPERTOIRE[_action(form)].typing(self.random, self.random.choice(self.cases), form)

    def _choose(self, among: Collection[str] = REPERTOIRE.keys()) -> PageForm | None:
        forms = [form for form in _forms(self.page.text) if _action(form) in among]
        weights = [REPERTOIRE[_action(form)].weight for form in forms]
        return self.random.choices(forms, weights)[0] if forms else None

    def _empty(self, query: str, actions: Collection[str]) -> None:
        """Go through a queue until nothing is left in it, one press for each."""
        for _ in range(MOST_IN_A_QUEUE):
            # The one that was left may be the last: it is asked for from a page that leaves none.
            if not self._take_next(query) and not self._take_next(query):
                return
            form = self._choose(actions)
            if form is not None:
                self._press(form, self._type_into(form))
        raise AssertionError(f"the queue {query} of {self.name} never came to an end")


def rows_on(page: Answer) -> list[str]:
    """The numbers a page of the queue lists."""
    return [path.removeprefix("/moderation/") for path, _ in _ROW.findall(page.text)]


@lru_cache(maxsize=100)
def _forms(html: str) -> list[PageForm]:
    return forms_on(html)


def _action(form: PageForm) -> str:
    place = _PLACE.match(form.action)
    return place[3] if place else ""


def _form(page: Answer, action: str) -> PageForm | None:
    return next((form for form in _forms(page.text) if _action(form) == action), None)


def _holds(page: Answer, typed: Mapping[str, str]) -> bool:
    """Whether every word typed stands in a form of the page that came back."""
    words = {name: with_unix_line_ends(value) for name, value in typed.items() if name != SIGN}
    shown = {(name, value) for form in _forms(page.text) for name, values in form.fields.items() for value in values}
    return words.items() <= shown
