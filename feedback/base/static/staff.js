"use strict";
// Everything here is a convenience: the pages work without it.
(() => {
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

  each("[data-focus]", (element) => element.focus());

  // On a phone the filters would push the list below the screen.
  each("details[data-fold]", (details) => { details.open = !matchMedia("(max-width: 900px)").matches; });

  each("[data-count]", (shown) => {
    const area = document.getElementById(shown.dataset.count);
    const update = () => { shown.textContent = `${[...area.value].length} / ${area.dataset.most}`; };
    shown.hidden = false;
    area.addEventListener("input", update);
    update();
  });

  each("form[data-once]", (form) => {
    let isSent = false;
    form.addEventListener("submit", (event) => {
      if (isSent) event.preventDefault();
      isSent = true;
    });
    addEventListener("pageshow", () => { isSent = false; });
  });

  each("[data-progress]", (box) => {
    const ask = async () => {
      try {
        const answer = await fetch(box.dataset.progress);
        const { status, done, total } = await answer.json();
        if (status === "done" || status === "failed") return location.reload();
        box.querySelector("[data-done]").textContent = done;
        box.querySelector("[data-total]").textContent = total;
        box.querySelector("progress").max = Math.max(total, 1);
        box.querySelector("progress").value = done;
      } catch { /* the next round asks again */ }
      setTimeout(ask, 1000);
    };
    setTimeout(ask, 700);
  });
  // An invitation's code stands behind the # of its link, which is sent nowhere; it need not stay in the address bar.
  each("[data-from-address] input", (input) => {
    if (location.hash.length > 1) input.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  });
  each("[data-print]", (button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });

  // A text kept ready goes to the cursor of its box; whatever is selected there stays.
  each("[data-insert]", (button) => {
    const written = button.nextElementSibling;
    [button.hidden, written.hidden] = [false, true];
    button.addEventListener("click", () => {
      const area = document.getElementById(button.dataset.insert);
      const text = written.querySelector(".quoted").textContent;
      area.focus();
      area.setSelectionRange(area.selectionEnd, area.selectionEnd);
      // This way Ctrl+Z takes it out again; not every browser has it.
      if (document.execCommand("insertText", false, text)) return;
      area.setRangeText(text, area.selectionEnd, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input"));
    });
  });
  // What can no longer be undone is not offered any more.
  each("[data-lasts]", (offer) => setTimeout(() => offer.remove(), offer.dataset.lasts * 1000));

  // Lines that are put in order: their order on the page is the order that is sent.
  each("form[data-rows]", (form) => {
    const list = form.querySelector(".lines");
    let dragged;
    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-move]");
      if (!button || button.dataset.move === "drop") return;
      event.preventDefault();
      const line = button.closest(".line");
      if (button.dataset.move === "up") line.previousElementSibling?.before(line);
      else line.nextElementSibling?.after(line);
      button.focus();
    });
    // Words in a box are marked with the mouse as ever.
    list.addEventListener("pointerdown", (event) => {
      const line = event.target.closest(".line");
      if (line) line.draggable = !event.target.closest("label, button, summary");
    });
    list.addEventListener("dragstart", (event) => {
      dragged = event.target;
      dragged.classList.add("dragged");
    });
    list.addEventListener("dragover", (event) => {
      const over = event.target.closest(".line");
      if (!dragged || !over) return;
      event.preventDefault();
      const box = over.getBoundingClientRect();
      over[event.clientY > box.top + box.height / 2 ? "after" : "before"](dragged);
    });
    list.addEventListener("dragend", () => {
      dragged?.classList.remove("dragged");
      dragged = undefined;
    });
    // What a kind of question does not need is not shown.
    const fit = () => {
      for (const part of list.querySelectorAll("[data-for]")) {
        const kind = part.closest(".line").querySelector("[data-kind]").value;
        part.hidden = !part.dataset.for.split(" ").includes(kind);
      }
    };
    list.addEventListener("change", fit);
    fit();
  });

  // Rows that are ticked, for deciding about many at once.
  const picked = document.getElementById("picked");
  if (picked) {
    const boxes = [...document.querySelectorAll(".pick input")];
    const all = picked.querySelector("[data-pick-all]");
    const said = picked.querySelector("[data-picked]");
    const count = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      said.textContent = `已选 ${ticked} 件`;
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && !all.checked;
    };
    said.hidden = all.parentElement.hidden = false;
    boxes.forEach((box) => box.addEventListener("change", count));
    all.addEventListener("change", () => {
      boxes.forEach((box) => { box.checked = all.checked; });
      count();
    });
    addEventListener("pageshow", count);
  }

  // Keys for everything that is done often; they can be switched off for those who dictate.
  const sheet = document.getElementById("keys");
  const off = document.getElementById("keys-off");
  if (sheet) {
    try {
      off.checked = localStorage.getItem("keys-off") === "yes";
      off.addEventListener("change", () => localStorage.setItem("keys-off", off.checked ? "yes" : ""));
    } catch { /* a closed store only forgets the choice */ }
    each("[data-close]", (button) => button.addEventListener("click", () => sheet.close()));
    each("[data-keys]", (button) => {
      button.hidden = false;
      button.addEventListener("click", () => sheet.showModal());
    });
  }
  const press = (target) => {
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView({ block: "nearest" });
      target.querySelector("textarea, select, input:not([type=hidden])")?.focus();
    } else if (target.matches("input")) target.focus();
    else target.click();
  };
  const move = (by) => {
    const rows = [...document.querySelectorAll("a.row")];
    const here = document.activeElement.closest(".pick")?.querySelector("a.row") ?? document.activeElement;
    rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(here) + by))]?.focus();
  };
  const tick = () => document.activeElement.closest(".pick")?.querySelector("input").click();
  addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
    if (isTyping && event.key === "Enter" && (event.ctrlKey || event.metaKey)) return event.target.form.requestSubmit();
    if (isTyping && event.key === "Escape") return event.target.blur();
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !sheet || sheet.open || off.checked) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    const step = { j: 1, k: -1 }[event.key];
    if (!target && !step && event.key !== "s") return;
    event.preventDefault();
    if (target) press(target);
    else if (step) move(step);
    else tick();
  });
})();
