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

  // A question meant for some groups appears once one of them is chosen.
  const meant = [...document.querySelectorAll("[data-groups]")];
  const group = () => document.querySelector("[name=respondent_group]:checked, select[name=respondent_group]")?.value;
  const appear = () => {
    for (const element of meant) {
      element.hidden = !element.dataset.groups.split(" ").includes(group()) && !element.querySelector(".error");
    }
  };
  if (meant.length && document.querySelector("[name=respondent_group]")) {
    ["input", "click", "pageshow"].forEach((name) => addEventListener(name, appear));
    appear();
  }

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

  // What is typed is kept on this phone for a week at most, and offered again by a question that does not show it.
  // It keeps the nonce too: what has arrived without an answer gets its receipt and is not stored twice.
  const WEEK = 7 * 24 * 3600e3;
  const drafts = {
    read: (key) => {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    },
    write: (key, fields) => {
      try {
        localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields }));
      } catch {
        // A full or closed store must not keep anybody from writing.
      }
    },
    remove: (key) => {
      try {
        localStorage.removeItem(key);
      } catch {}
    },
  };
  const moved = {
    set: () => {
      try {
        sessionStorage.setItem("moved", "yes");
      } catch {}
    },
    take: () => {
      try {
        const was = sessionStorage.getItem("moved");
        sessionStorage.removeItem("moved");
        return was;
      } catch {}
    },
  };
  const forget = () =>
    Object.keys(localStorage)
      .filter((key) => key.startsWith("draft ") && !(Date.now() - drafts.read(key)?.at < WEEK))
      .forEach(drafts.remove);
  try {
    forget();
  } catch {}
  each("[data-sent]", (sent) => drafts.remove(`draft ${sent.dataset.sent}`));

  const make = (tag, properties, ...inside) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...inside);
    return element;
  };
  const button = (label, act, look = "") => {
    const made = make("button", { type: "button", className: look, textContent: label });
    made.addEventListener("click", act);
    return made;
  };

  const keepDraft = (form) => {
    const key = `draft ${form.dataset.draft}`;
    const words = form.querySelector("textarea");
    const save = () => {
      const fields = [...new FormData(form)].filter(([name, value]) => name !== "code" && typeof value === "string");
      if (!fields.some(([name, value]) => value && name !== "nonce" && name !== "token")) return;
      drafts.write(key, fields);
      clear.hidden = false;
    };
    let waiting;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(save, 300);
    });
    form.addEventListener("submit", save);
    // Whoever only changes the size of the letters goes on writing without being asked.
    each(".looks a", (link) => link.addEventListener("click", () => { save(); moved.set(); }));
    const clear = button("清除草稿", () => {
      if (clear.dataset.sure) {
        clearTimeout(waiting);
        drafts.remove(key);
        location.replace(location.href);
      }
      clear.dataset.sure = "yes";
      clear.textContent = "再按一次，清除写好的内容";
    });
    form.append(clear);
    const draft = drafts.read(key);
    clear.hidden = !draft;
    if (!draft || "filled" in form.dataset) return;
    const restore = () => {
      for (const control of form.elements) {
        const values = draft.fields.filter(([name]) => name === control.name).map(([, value]) => value);
        if (/radio|checkbox/.test(control.type)) control.checked = values.includes(control.value);
        else if (values.length && control.type !== "file" && !(control.name === "group_code" && control.value)) control.value = values[0];
        if (values[0] && control.type !== "hidden" && control.name !== "homepage") control.closest("details")?.setAttribute("open", "");
      }
      question.remove();
      form.hidden = false;
      words.dispatchEvent(new Event("input", { bubbles: true }));
      words.focus();
    };
    const drop = () => {
      drafts.remove(key);
      question.remove();
      form.hidden = false;
    };
    const question = make(
      "section",
      { className: "card" },
      make("h2", { textContent: "这部手机上有一份没写完的内容" }),
      make("p", { textContent: "要接着写吗？图片需要重新选择。" }),
      button("接着写", restore, "main"),
      button("清除草稿", drop),
    );
    form.hidden = true;
    form.before(question);
    if (moved.take()) restore();
  };

  // At most 1600 pixels, drawn anew: what the camera wrote into the file stays on the phone.
  const shrink = async (file) => {
    if (!file.type.startsWith("image/")) return file;
    const image = new Image();
    image.src = URL.createObjectURL(file);
    try {
      await image.decode();
      const scale = Math.min(1, 1600 / Math.max(image.naturalWidth, image.naturalHeight));
      const width = Math.max(1, Math.round(image.naturalWidth * scale));
      const height = Math.max(1, Math.round(image.naturalHeight * scale));
      const canvas = make("canvas", { width, height });
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, width, height);
      pen.drawImage(image, 0, 0, width, height);
      return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8))) || file;
    } catch {
      return file;
    } finally {
      URL.revokeObjectURL(image.src);
    }
  };

  // A card's code stands behind the # of its address, which is sent nowhere; it need not stay in the address bar.
  each("[name=group_code]", (input) => {
    const fill = () => {
      if (!/^#[0-9A-Za-z-]{12,14}$/.test(location.hash)) return;
      input.value = location.hash.slice(1);
      input.closest("details").open = true;
      history.replaceState(null, "", location.pathname + location.search);
    };
    addEventListener("hashchange", fill);
    fill();
  });

  // One input, used again and again: several at once, or several inputs, confuse phones and people.
  const collectFiles = (form) => {
    const chosen = [];
    const box = form.querySelector("[data-files]");
    if (!box) return chosen;
    const [input, ...others] = box.querySelectorAll("input[type=file]");
    const pdf = others.pop();
    others.forEach((other) => other.remove());
    const list = make("div", { role: "status" });
    const label = make("span", { textContent: "添加图片" });
    const holder = make("label", { className: "button add" }, label);
    input.replaceWith(holder);
    holder.prepend(input);
    holder.before(list);
    const update = () => {
      label.textContent = chosen.length ? "再加一张" : "添加图片";
      input.disabled = pdf.disabled = chosen.length >= 5;
      if (input.disabled) label.textContent = "已有 5 个文件";
    };
    const add = (event) => {
      const [file] = event.target.files;
      event.target.value = "";
      if (!file) return;
      const note = make("span", { textContent: "正在处理…" });
      const entry = {};
      const remove = () => {
        if (chosen.includes(entry)) chosen.splice(chosen.indexOf(entry), 1);
        row.remove();
        update();
      };
      const row = make("div", { className: "file" }, note, button("移除", remove));
      list.append(row);
      chosen.push(entry);
      update();
      entry.ready = shrink(file).then((blob) => {
        entry.blob = blob;
        note.textContent = `${file.name} ${Math.ceil(blob.size / 1024)} KB`;
        if (blob.size > 10 * 2 ** 20) {
          chosen.splice(chosen.indexOf(entry), 1);
          note.textContent = "超过 10 MB，不能添加。请换小一些的，或截图后再选。";
          update();
        } else if (blob.type.startsWith("image/")) {
          row.prepend(make("img", { src: URL.createObjectURL(blob), alt: "" }));
        }
      });
    };
    input.addEventListener("change", add);
    pdf.addEventListener("change", add);
    return chosen;
  };

  // First the words, then each picture with them, always under one nonce, as often as it takes. When all is stored
  // the form goes the ordinary way and is answered with the receipt it already has.
  each("form[data-send]", (form) => {
    if (form.dataset.draft) keepDraft(form);
    const files = collectFiles(form);
    const submit = form.querySelector("button[type=submit]");
    const label = submit.textContent;
    const status = make("p", { className: "hint", role: "status" });
    form.after(status);
    let isSending = false;

    const deliver = async (body, bytes = 0) => {
      let tries = 0, isBusy = false;
      for (let pause = 2; ; pause = Math.min(pause * 2, 30)) {
        try {
          const signal = AbortSignal.timeout?.(90e3 + bytes / 2);
          const answer = await fetch(form.action, { method: "POST", body, signal });
          const bits = answer.headers.get("Proof-Bits");
          if (bits && !body.has("proof")) {
            const { solve } = await import(form.dataset.task);
            const proof = await solve(body.get("nonce"), Number(bits));
            form.append(make("input", { type: "hidden", name: "proof", value: proof }));
            body.set("proof", proof);
            continue;
          }
          isBusy = bytes && answer.headers.has("Retry-After");
          if (answer.status < 500 && !isBusy) return answer.ok;
        } catch {
          isBusy = false; // No network: the loop goes on.
        }
        // Words are sent until they arrive; a picture that a working network does not take keeps nobody waiting.
        if (bytes && navigator.onLine !== false && ++tries === (isBusy ? 12 : 5)) return false;
        status.textContent = "现在没有网络，还没有提交。写好的内容保存在这部手机上，网络恢复后会自动提交，请不要关闭这个页面。";
        if (!form.dataset.draft) status.textContent = "现在没有网络，还没有提交。网络恢复后会自动提交，请不要关闭这个页面。";
        if (isBusy) status.textContent = "意见已保存。现在传图片的人多，正在等候，请不要关闭这个页面…";
        await new Promise((done) => {
          addEventListener("online", done, { once: true });
          setTimeout(done, pause * 1000);
        });
        status.textContent = "正在再次提交…";
      }
    };
    const send = async () => {
      const words = new FormData(form);
      words.delete("pictures");
      const isTaken = await deliver(words);
      const total = files.length;
      for (let number = 0; isTaken && number < total; number++) {
        status.textContent = `意见已保存，正在保存图片 ${number + 1} / ${total}…`;
        await files[number].ready;
        const body = new FormData(form);
        body.set("pictures", files[number].blob, "picture");
        await deliver(body, files[number].blob.size);
      }
      form.querySelectorAll("input[type=file]").forEach((input) => input.remove());
      form.append(make("input", { type: "hidden", name: "chosen", value: total }));
      form.submit();
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (isSending) return;
      isSending = form.inert = true;
      submit.textContent = "正在提交…";
      send();
    });
    addEventListener("pageshow", () => {
      isSending = form.inert = false;
      submit.textContent = label;
    });
  });
})();
