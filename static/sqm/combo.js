// A long choice as a box to type into: words, a code, pinyin or its initials find it; what was chosen before comes first.
// The fields of the form stay what is sent, and without this script they are used as they are.
"use strict";

(() => {
  const MOST = 60, KEPT = 5, PREFIX = "cf-recent:";
  const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s/·,，()]/g, "");
  let count = 0;

  // --- what was chosen before: by person and kind of choice, gone with the drafts at logout ---------------------

  const ours = () => `${PREFIX}${sqm.words().user}:`;
  const recent = (name) => (name ? JSON.parse(localStorage.getItem(ours() + name) || "[]") : []);

  function remember(name, value) {
    if (!name || !value) return;
    const kept = [value, ...recent(name).filter((one) => one !== value)].slice(0, KEPT);
    localStorage.setItem(ours() + name, JSON.stringify(kept));
  }

  function forget(wanted) {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX) && wanted(key)) localStorage.removeItem(key);
  }

  function recentFirst(rows, name) {
    const before = recent(name).map((value) => rows.find((row) => row.value === value)).filter(Boolean);
    for (const row of before) row.recent = true;
    return [...before, ...rows.filter((row) => !before.includes(row))];
  }

  // --- which rows fit ----------------------------------------------------------------------------------------------

  // "xykfq", "xinyongkafenqi" and "xinykfenq" are all "xin yong ka fen qi": of each syllable a beginning, none left out.
  function spelledFrom(syllables, at, typed) {
    if (!typed) return true;
    const one = syllables[at] || "";
    let fits = 0;
    while (fits < one.length && one[fits] === typed[fits]) fits += 1;
    for (; fits > 0; fits -= 1) if (spelledFrom(syllables, at + 1, typed.slice(fits))) return true;
    return false;
  }

  // 0 fits best, -1 not at all.
  function rank(row, typed) {
    if (row.value.toLowerCase().startsWith(typed)) return 0;
    const at = row.plain.indexOf(typed);
    if (at >= 0) return 1 + at;
    const from = row.syllables.findIndex((_, place) => spelledFrom(row.syllables, place, typed));
    return from < 0 ? -1 : 1 + from;
  }

  function fitting(rows, words) {
    const typed = plain(words);
    if (!typed) return rows;
    const ranked = rows.map((row) => ({ row, rank: rank(row, typed) })).filter((one) => one.rank >= 0);
    return ranked.sort((one, other) => one.rank - other.rank).map((one) => one.row);
  }

  // --- the box and its list (ARIA 1.2 combobox) -------------------------------------------------------------------

  // input  the box; find(words) gives rows {value, text, detail}, at once or later; choose(row); shown() what it says now
  // typed(words), where it is given, takes what no row was chosen for
  function attach({ input, find, choose, shown, name, typed }) {
    const list = document.createElement("div"), id = `cf-combo-${(count += 1)}`;
    let rows = [], active = -1, asked = 0, edited = false;
    list.id = id;
    list.className = "cf-combo-list";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.labels[0]?.textContent.replace("*", "").trim() || "");
    input.after(list);
    for (const [key, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": id })) {
      input.setAttribute(key, value);
    }
    input.setAttribute("aria-expanded", "false");
    input.autocomplete = "off";

    function sync() {
      edited = false;
      input.value = input.defaultValue = shown(); // nothing that was typed here is a draft
    }

    function close() {
      asked += 1;
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(index) {
      active = rows.length ? (index + rows.length) % rows.length : -1;
      const options = list.querySelectorAll("[role=option]");
      options.forEach((one, place) => one.setAttribute("aria-selected", place === active));
      options[active]?.scrollIntoView({ block: "nearest" });
      if (options[active]) input.setAttribute("aria-activedescendant", options[active].id);
      else input.removeAttribute("aria-activedescendant");
    }

    function option(row, place) {
      const line = document.createElement("div");
      line.setAttribute("role", "option");
      line.id = `${id}-${place}`;
      line.append(Object.assign(document.createElement("span"), { textContent: row.text }));
      line.append(Object.assign(document.createElement("span"), { className: "cf-quiet", textContent: row.detail || "" }));
      line.addEventListener("click", () => take(place));
      return line;
    }

    function heading(text) {
      const line = Object.assign(document.createElement("p"), { className: "cf-label", textContent: text });
      line.setAttribute("aria-hidden", "true");
      return line;
    }

    function draw() {
      const before = rows.filter((row) => row.recent).length, lines = rows.map(option);
      const said = Object.assign(document.createElement("p"), { className: "cf-label", textContent: sqm.words().nothing });
      said.setAttribute("role", "option"); // a list box holds nothing else
      said.setAttribute("aria-disabled", "true");
      said.setAttribute("aria-selected", "false");
      if (!rows.length) lines.push(said);
      else if (before) lines.splice(0, 0, heading(sqm.words().recent));
      if (before && before < rows.length) lines[before].classList.add("cf-combo-last");
      list.replaceChildren(...lines);
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
    }

    async function open(words) {
      const turn = (asked += 1), found = await find(words);
      if (turn !== asked || !found) return; // typed on meanwhile, or signed out
      rows = recentFirst(found, words ? "" : name).slice(0, MOST);
      draw();
      mark(words ? 0 : Math.max(rows.findIndex((row) => row.text === shown()), 0));
      list.scrollIntoView({ block: "nearest" });
    }

    function take(place) {
      const row = rows[place];
      if (!row) return;
      remember(name, row.value);
      close();
      choose(row);
      sync();
      input.focus();
    }

    // What is typed counts when the box is left by a key: the marked row, or nothing where all was wiped out.
    function settle() {
      if (edited && !input.value.trim()) choose(null);
      else if (!list.hidden && edited && active >= 0) take(active);
      else if (edited) typed?.(input.value.trim());
      close();
      sync();
    }

    function arrow(by) {
      if (list.hidden) open(edited ? input.value : "");
      else mark(active + by);
    }

    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) {
        event.preventDefault();
        arrow(by);
      } else if (event.key === "Enter") {
        event.preventDefault(); // Enter alone never sends
        if (list.hidden || active < 0) settle();
        else take(active);
      } else if (event.key === "Tab") {
        settle();
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        event.stopPropagation(); // the dialog stays
        close();
        sync();
      }
    });
    input.addEventListener("input", (event) => {
      edited = true;
      if (!event.isComposing) open(input.value);
    });
    input.addEventListener("compositionend", () => open(input.value));
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => list.hidden && open(""));
    input.addEventListener("blur", () => {
      if (edited) typed?.(input.value.trim());
      close();
      sync();
    });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    input.form?.addEventListener("reset", () => setTimeout(sync));
    sync();
    return sync;
  }

  // --- over a select -----------------------------------------------------------------------------------------------

  // Codes in their own order, whatever group they stand in.
  function rowsOf(select) {
    const rows = [...select.options].filter((one) => one.value || !select.required).map((one) => {
      const group = one.parentElement.label || "";
      return {
        value: one.value, text: one.textContent.trim(), detail: one.dataset.detail || "",
        plain: plain(group + one.textContent), syllables: (one.dataset.keys || "").split(" ").filter(Boolean),
      };
    });
    return rows.some((row) => row.detail) ? rows.sort((one, other) => (one.value < other.value ? -1 : 1)) : rows;
  }

  function overSelect(select) {
    const input = boxBeside(select);
    input.placeholder = sqm.words().typed || "";
    const empty = [...select.options].find((one) => !one.value);
    const sync = attach({
      input,
      name: select.dataset.combo,
      find: (words) => fitting(rowsOf(select), words),
      shown: () => (select.value || (empty && select.hasAttribute("data-submits")) ? select.selectedOptions[0]?.textContent.trim() || "" : ""),
      choose: (row) => {
        if (!row && !empty) return;
        select.value = row ? row.value : "";
        select.dispatchEvent(new Event("change", { bubbles: true }));
      },
    });
    select.addEventListener("change", sync);
  }

  // A box to type into stands for a field, which keeps its name and what is sent.
  function boxBeside(field) {
    const holder = document.createElement("div"), input = document.createElement("input");
    holder.className = "cf-combo";
    input.type = "text";
    input.id = `${field.id || `cf-choice-${count}`}-typed`;
    input.className = field.className;
    const label = field.labels[0];
    if (label) label.htmlFor = input.id;
    else input.setAttribute("aria-label", field.getAttribute("aria-label") || "");
    for (const name of ["aria-invalid", "aria-describedby"]) {
      if (field.hasAttribute(name)) input.setAttribute(name, field.getAttribute(name));
    }
    if (field.required) input.setAttribute("aria-required", "true");
    const focused = document.activeElement === field;
    field.before(holder);
    holder.append(field, input);
    field.addEventListener("focus", () => input.focus()); // the browser leads there when it is left empty
    if (focused) input.focus();
    return input;
  }

  // --- what the server finds: a unit, a team or a person ---------------------------------------------------------------

  function finder(address) {
    let asking = null;
    return async (words) => {
      asking?.abort();
      asking = new AbortController();
      try {
        const got = await fetch(`${address}?${new URLSearchParams({ q: words.trim() })}`, { signal: asking.signal, redirect: "manual" });
        if (got.type === "opaqueredirect") return void sqm.signIn();
        if (!got.ok) return void sqm.toast(sqm.fill(sqm.words().failed, { status: got.status }));
        return (await got.json()).results;
      } catch (error) {
        if (error.name !== "AbortError") sqm.toast(sqm.words().offline);
        return undefined;
      }
    };
  }

  // Over a field that holds the code of a unit: a code typed to its end needs no row.
  function overCode(field) {
    const input = boxBeside(field);
    let chosen = { value: field.value, text: field.dataset.shown };
    function choose(row) {
      chosen = row || { value: "" };
      field.value = chosen.value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    input.placeholder = field.placeholder;
    const sync = attach({
      input, choose,
      name: field.dataset.combo,
      find: finder(field.dataset.finds),
      shown: () => (chosen.value === field.value && chosen.text) || field.value,
      typed: (words) => choose({ value: words }),
    });
    for (const kind of ["input", "change"]) field.addEventListener(kind, sync);
  }

  function overFields(holder) {
    const input = holder.querySelector("input"), form = input.form, names = holder.dataset.sets.split(" ");
    const fields = names.map((name) => form.elements[name]);
    const box = holder.closest(".cf-field");
    let chosen = null;
    const said = () => fields.map((one) => one.value).filter(Boolean).join(" · ");
    const fits = (row) => names.every((name, place) => (row.sets[name] || "") === fields[place].value);
    const sync = attach({
      input,
      name: holder.dataset.name,
      find: finder(holder.dataset.picker),
      shown: () => (chosen && fits(chosen) ? chosen.text : said()),
      choose: (row) => {
        chosen = row;
        fields.forEach((one, place) => { one.value = row?.sets[names[place]] || ""; });
        fields[0].dispatchEvent(new Event("change", { bubbles: true }));
      },
    });
    for (const one of fields) {
      one.addEventListener("change", sync);
      one.closest(".cf-field").hidden = true;
    }
    box.hidden = false;
  }

  function enhance() {
    for (const field of document.querySelectorAll("[data-combo]")) {
      if (!field.closest(".cf-combo")) (field.dataset.finds ? overCode : overSelect)(field);
      field.tabIndex = -1; // again after htmx has settled, which puts the attributes of the server back
      field.ariaHidden = "true";
    }
    for (const holder of document.querySelectorAll("[data-picker]:not([data-ready])")) {
      holder.dataset.ready = "";
      overFields(holder);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (sqm.words().user) forget((key) => !key.startsWith(ours()));
    enhance();
  });
  document.addEventListener("htmx:afterSwap", enhance);
  document.addEventListener("htmx:afterSettle", enhance);
  document.addEventListener("submit", (event) => event.target.id === "logout-form" && forget(() => true));
})();
