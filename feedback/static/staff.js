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
})();
