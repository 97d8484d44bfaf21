/* What the pages do beyond reading and sending; everything works without it. */
"use strict";

(() => {
  document.documentElement.classList.add("scripted");
  const MEGA = 1000 * 1000;

  function size(bytes) {
    return bytes < MEGA ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / MEGA).toFixed(1)} MB`;
  }

  /* The files that were chosen, each with its size; too large ones are said before they are sent. */
  function listFiles(input) {
    const drop = input.closest(".drop");
    const list = drop.querySelector(".chosen");
    const limit = Number(input.dataset.limit);
    const row = (words, bytes) => {
      const item = document.createElement("li");
      const name = document.createElement("span");
      const length = document.createElement("span");
      name.textContent = words;
      length.textContent = bytes > limit ? `${size(bytes)}: ${input.dataset.tooLarge}` : size(bytes);
      length.className = bytes > limit ? "too-large" : "muted";
      item.append(name, length);
      return item;
    };
    const files = [...input.files];
    const all = files.reduce((sum, file) => sum + file.size, 0);
    const rows = files.map((file) => row(file.name, file.size));
    if (files.length > 1 && all > limit) rows.push(row(input.dataset.together, all));
    list.replaceChildren(...rows);
    /* What the server would refuse is not sent at all. */
    input.form.querySelector("button[data-busy]").disabled = all > limit;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches(".drop input[type=file]")) listFiles(event.target);
  });

  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const drop = event.target.closest?.(".drop");
      if (drop) drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      /* A file that misses its place must not replace the page. */
      else if (kind === "drop" || kind === "dragover") event.preventDefault();
    });
  }

  /* The whole of the drop zone takes files, not the input's own box alone. */
  document.addEventListener("drop", (event) => {
    const drop = event.target.closest?.(".drop");
    if (!drop || event.target.matches("input[type=file]")) return;
    event.preventDefault();
    const input = drop.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    listFiles(input);
  });
  document.addEventListener("dragover", (event) => {
    if (event.target.closest?.(".drop")) event.preventDefault();
  });

  /* A form is sent once, and one that cannot be undone asks first. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const counted = event.submitter?.dataset.count;
    const ticked = counted ? form.querySelectorAll(`input[name="${counted}"]:checked`).length : 0;
    const asked = event.submitter?.dataset.confirm || form.dataset.confirm;
    const question = asked?.replace("{count}", ticked);
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    if (question) {
      /* Without this field the server asks, on a page of its own. */
      const confirmed = Object.assign(document.createElement("input"), { type: "hidden", name: "confirmed", value: "yes" });
      form.append(confirmed);
      setTimeout(() => confirmed.remove());
    }
    const button = form.querySelector("button[data-busy]");
    if (button) {
      setTimeout(() => {
        button.disabled = true;
        button.textContent = button.dataset.busy;
      });
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });

  /* Beside the course's time stands the reader's own, where their clock shows another. */
  function showOwnTimes(part) {
    const two = (number) => String(number).padStart(2, "0");
    for (const time of part.querySelectorAll("time[data-offset]")) {
      const at = new Date(time.dateTime);
      if (-at.getTimezoneOffset() === Number(time.dataset.offset) || time.querySelector(".own-time")) continue;
      const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
      const own = document.createElement("span");
      own.className = "own-time";
      own.textContent = document.documentElement.dataset.ownTime.replace("{moment}", `${day} ${two(at.getHours())}:${two(at.getMinutes())}`);
      time.append(" ", own);
    }
  }
  showOwnTimes(document);
  document.addEventListener("htmx:afterSwap", () => showOwnTimes(document));

  /* How long it is to a due moment goes on from what the server wrote, whatever the clock here shows. */
  const MINUTE = 60;
  const UNITS = [["days", 24 * 60], ["hours", 60], ["minutes", 1]];
  const drawnAt = Date.now();

  function span(seconds, words) {
    let rest = Math.max(1, Math.floor(seconds / MINUTE));
    const said = [];
    for (const [unit, minutes] of UNITS) {
      const count = Math.floor(rest / minutes);
      rest -= count * minutes;
      said.push(count ? words[unit][count === 1 ? 0 : 1].replace("{count}", count.toLocaleString("en")) : "");
    }
    if (said[0]) said.pop();
    const [large, small] = said.filter(Boolean);
    return small ? words.both.replace("{large}", large).replace("{small}", small) : large;
  }

  function countDown() {
    const passed = (Date.now() - drawnAt) / 1000;
    for (const place of document.querySelectorAll("[data-countdown]")) {
      const words = JSON.parse(place.dataset.countdown);
      const phase = words.phases.find(([seconds]) => seconds > passed);
      const said = phase ? phase[1].replace("{span}", span(phase[0] - passed, words)) : words.over;
      if (place.textContent !== said) place.textContent = said;
    }
  }
  if (document.querySelector("[data-countdown]")) {
    setInterval(countDown, 10 * 1000);
    document.addEventListener("visibilitychange", countDown);
  }

  /* j, k, n, p: links that name a key are followed by it, unless somebody writes or has it off. */
  const KEYS = "shortcuts";
  const shortcuts = document.querySelector("input[data-shortcuts]");
  const wanted = () => localStorage.getItem(KEYS) !== "off";
  if (shortcuts) {
    shortcuts.closest("[hidden]")?.removeAttribute("hidden");
    shortcuts.checked = wanted();
    shortcuts.addEventListener("change", () => localStorage.setItem(KEYS, shortcuts.checked ? "on" : "off"));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !wanted()) return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    const link = document.querySelector(`[data-keys~="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
  });

  /* Whoever leaves a form that says so, with something typed and not sent, is asked first. */
  const unsaved = document.querySelector("form[data-unsaved]");
  if (unsaved) {
    const said = () => JSON.stringify([...new FormData(unsaved)]);
    const drawn = "typed" in unsaved.dataset ? "" : said();
    let sent = false;
    const touched = () => !sent && said() !== drawn;
    unsaved.addEventListener("submit", () => (sent = true));
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href]:not([target]):not([download])");
      if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (link.getAttribute("href").startsWith("#") || !touched()) return;
      if (!window.confirm(unsaved.dataset.unsaved)) {
        event.preventDefault();
        return;
      }
      sent = true;
      setTimeout(() => (sent = false), 2000); /* A link to a file leaves the page where it is. */
    });
    window.addEventListener("beforeunload", (event) => {
      if (touched()) event.preventDefault();
    });
  }

  /* A box in a table's head chooses all boxes below it. */
  document.addEventListener("change", (event) => {
    if (!event.target.matches("input[data-all]")) return;
    for (const box of document.querySelectorAll(`input[name="${event.target.dataset.all}"]`)) {
      box.checked = event.target.checked;
    }
  });

  /* Filters apply as they are chosen; without this there is their button. */
  document.addEventListener("change", (event) => {
    if (event.target.matches("form[data-auto] select")) event.target.form.requestSubmit();
  });

  /* Words that staff keep go into the field that was written in last. */
  let written = null;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".desk textarea")) written = event.target;
  });
  for (const button of document.querySelectorAll("button[data-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const field = written ?? document.getElementById("remark");
      field.value = [field.value.trimEnd(), button.dataset.insert].filter(Boolean).join("\n");
      field.closest("details")?.setAttribute("open", "");
      field.focus();
    });
  }
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.done;
    });
  }
})();
