"use strict";
// Everything here is a convenience: the pages work without it.
(() => {
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

  each("[data-focus]", (element) => element.focus());

  // Code points, as the server counts them, not UTF-16 units.
  each("[data-count]", (shown) => {
    const area = document.getElementById(shown.dataset.count);
    const most = Number(area.dataset.most);
    const update = () => {
      const length = [...area.value].length;
      shown.textContent = `${length} / ${most}`;
      shown.classList.toggle("over", length > most);
    };
    shown.hidden = false;
    area.addEventListener("input", update);
    addEventListener("pageshow", update);
    update();
  });

  // A second tap on a chosen answer takes it back: nothing has to be answered.
  each(".chips", (chips) => {
    let chosen = chips.querySelector("input[type=radio]:checked");
    chips.addEventListener("click", (event) => {
      const radio = event.target;
      if (!(radio instanceof HTMLInputElement) || radio.type !== "radio") return;
      if (radio === chosen && event.detail !== 0) radio.checked = false;
      chosen = radio.checked ? radio : null;
    });
  });

  // One sending at a time; a page that comes back from the history can be sent again.
  each("form[data-once]", (form) => {
    const button = form.querySelector("button[type=submit]");
    const label = button.textContent;
    let isSent = false;
    form.addEventListener("submit", (event) => {
      if (isSent) return event.preventDefault();
      isSent = true;
      button.textContent = "正在提交…";
      button.setAttribute("aria-disabled", "true");
    });
    addEventListener("pageshow", () => {
      isSent = false;
      button.textContent = label;
      button.removeAttribute("aria-disabled");
    });
  });

  // navigator.clipboard does not exist on plain http.
  each("[data-copy]", (button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      let isCopied = false;
      try {
        await navigator.clipboard.writeText(source.textContent.trim());
        isCopied = true;
      } catch {
        isCopied = document.execCommand("copy");
      }
      button.textContent = isCopied ? "已复制" : "请长按上面的查询码复制";
      if (isCopied) selection.removeAllRanges();
    });
  });

  // Whoever comes back to a form finds what was typed, under the nonce it was sent with; after the receipt, nothing.
  // Without scripts the browser is asked to keep nothing, because it would come back under a fresh nonce.
  const place = `typed ${location.pathname.toLowerCase()}`;
  if (document.querySelector(".received")) sessionStorage.removeItem(place);
  each("form[data-kept]", (form) => {
    const isBack = performance.getEntriesByType("navigation")[0]?.type !== "navigate";
    const kept = isBack && JSON.parse(sessionStorage.getItem(place));
    for (const control of kept ? form.elements : []) {
      const values = kept.filter(([name]) => name === control.name).map(([, value]) => value);
      if (/radio|checkbox/.test(control.type)) control.checked = values.includes(control.value);
      else if (values.length) control.value = values[0];
      if (values[0]) control.closest("details")?.setAttribute("open", "");
    }
    const keep = () => sessionStorage.setItem(place, JSON.stringify([...new FormData(form)]));
    form.addEventListener("change", keep);
    form.addEventListener("submit", keep);
  });
})();
