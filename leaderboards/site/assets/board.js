"use strict";
// Sorts and filters the rows of a suite's page. The page is whole without it.
function krohnBoard(data) {
  const PAGE = 100, MINUS = "−", NONE = "–";
  const body = document.getElementById("rows"), controls = document.getElementById("controls");
  if (!body || !controls) return;
  const [ID, LABEL, TRACK, TIER, SIZE, RANK, WORST, KEY, HORIZON, SCORE, REST] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const items = data.precisions.length;
  const state = { key: "", down: false, text: "", track: "", tier: "", kind: "", size: "", item: 0, shown: PAGE };
  const whole = (n) => n.toLocaleString("en-US");
  const thousandths = (n) => (n === null ? NONE : (n < 0 ? MINUS : "") + (Math.abs(n) / 1000).toFixed(3));
  const length = (n) => (n === null ? NONE : n ? whole(n) : "none");
  const cell = (row, task) => row[REST][task * items + state.item];
  const tasksOf = (kind) => data.tasks.map((task, i) => i).filter((i) => !kind || data.tasks[i][2] === kind);

  function element(name, text, kind) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }
  function link(folder, page, text) {
    const made = element("a", text);
    made.href = `../${folder}/${page}.html`;
    return made;
  }
  function line(row) {
    const made = element("tr");
    const rank = element("td", row[RANK] ? String(row[RANK]) : NONE, "n rank");
    if (row[WORST] && row[WORST] !== row[RANK]) rank.append(" ", element("small", `${row[RANK]}–${row[WORST]}`));
    const name = element("th");
    name.scope = "row";
    name.append(link("models", row[ID], data.labels[row[LABEL]]));
    made.append(rank, name);
    if (data.open) {
      const task = data.tasks[row[REST]], where = element("td");
      where.append(task[2] === "unknown" ? task[0] : link("tasks", task[1], task[0]));
      made.append(where);
    }
    const tier = element("td");
    tier.append(element("span", data.tiers[row[TIER]], `tier ${data.tiers[row[TIER]]}`));
    made.append(element("td", data.tracks[row[TRACK]]), tier, element("td", whole(row[SIZE]), "n"));
    if (!data.open) made.append(borda(row[KEY]));
    made.append(element("td", length(row[HORIZON]), "n"), element("td", thousandths(row[SCORE]), "n"));
    if (!data.open) {
      data.tasks.forEach((task, i) => {
        const value = cell(row, i), score = data.metric === "score";
        const made_ = element("td", value === null ? NONE : score ? thousandths(value) : whole(value), "n cell");
        const share = score ? value / 1000 : Math.log2(1 + value) / Math.log2(1 + data.most);
        made_.style.setProperty("--s", Math.max(0, share || 0).toFixed(2));
        made_.hidden = Boolean(state.kind) && task[2] !== state.kind;
        made.append(made_);
      });
    }
    return made;
  }
  function borda(key) {
    const made = element("td", key.length ? thousandths(key[0]) : NONE, "n");
    if (!key.length) return made;
    const bar = element("span", undefined, "ci"), range = element("i");
    bar.setAttribute("aria-hidden", "true");
    range.style.left = `${key[1] / 10}%`;
    range.style.width = `${(key[2] - key[1]) / 10}%`;
    bar.append(range);
    made.append(" ", element("small", `${thousandths(key[1])}–${thousandths(key[2])}`), bar);
    return made;
  }
  // What rows are sorted by: numbers that are missing come last, either way.
  const values = {
    rank: (row) => row[RANK] || null, label: (row) => data.labels[row[LABEL]], task: (row) => data.tasks[row[REST]][0],
    track: (row) => data.tracks[row[TRACK]], tier: (row) => row[TIER], parameters: (row) => row[SIZE],
    borda: (row) => (row[KEY].length ? row[KEY][0] : null), horizon: (row) => row[HORIZON], score: (row) => row[SCORE],
  };
  function chosen() {
    const text = state.text.toLowerCase();
    const matches = data.labels.map((label) => label.toLowerCase().includes(text));
    const named = data.tasks.map((task) => task[0].toLowerCase().includes(text));
    const [low, high] = state.size ? state.size.split("-").map(Number) : [0, Infinity];
    const rows = data.rows.filter((row) =>
      (matches[row[LABEL]] || (data.open && named[row[REST]])) &&
      (state.track === "" || row[TRACK] === Number(state.track)) &&
      (state.tier === "" || row[TIER] === Number(state.tier)) &&
      (!data.open || !state.kind || data.tasks[row[REST]][2] === state.kind) &&
      row[SIZE] > low && row[SIZE] <= high);
    if (!state.key) return rows;
    const value = state.key.startsWith("cell") ? (row) => cell(row, Number(state.key.slice(4))) : values[state.key];
    const sign = state.down ? -1 : 1;
    const pairs = rows.map((row, i) => [value(row), i, row]);
    pairs.sort((a, b) => {
      if (a[0] === null || b[0] === null) return (a[0] === null) - (b[0] === null) || a[1] - b[1];
      const order = typeof a[0] === "string" ? (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) : a[0] - b[0];
      return sign * order || a[1] - b[1];
    });
    return pairs.map((pair) => pair[2]);
  }
  function render() {
    const rows = chosen();
    body.replaceChildren(...rows.slice(0, state.shown).map(line));
    const more = document.getElementById("more");
    more.replaceChildren();
    if (rows.length > state.shown) {
      const button = element("button", `Show ${whole(Math.min(10 * PAGE, rows.length - state.shown))} more`);
      button.type = "button";
      button.addEventListener("click", () => { state.shown += 10 * PAGE; render(); });
      more.append(button);
    }
    document.getElementById("count").textContent =
      `${whole(rows.length)} of ${whole(data.rows.length)} rows`;
    for (const head of document.querySelectorAll("#board thead th")) {
      if (head.dataset.key === state.key) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      if (head.classList.contains("task")) {
        head.hidden = Boolean(state.kind) && data.tasks[Number(head.dataset.key.slice(4))][2] !== state.kind;
      }
    }
    const hidden = tasksOf(state.kind);
    for (const row of document.querySelectorAll("#references tr")) {
      row.querySelectorAll("td.cell").forEach((made, i) => { made.hidden = !hidden.includes(i) || state.item > 0; });
      if (data.open) row.hidden = Boolean(state.kind || state.text || state.track || state.tier || state.size);
    }
    const where = document.getElementById("shown-in");
    if (where) where.textContent = state.item ? `; now in ${data.precisions[state.item]}` : "";
  }
  function control(name, key, options) {
    const label = element("label", name), made = element(options ? "select" : "input");
    for (const [value, text] of options || []) {
      const option = element("option", text);
      option.value = value;
      made.append(option);
    }
    if (!options) made.type = "search";
    made.addEventListener("input", () => {
      state[key] = key === "item" ? Number(made.value) : made.value;
      state.shown = PAGE;
      render();
    });
    label.append(made);
    controls.append(label);
  }
  const all = [["", "all"]], number = (names) => names.map((name, i) => [String(i), name]);
  control(data.open ? "Model or task" : "Model", "text");
  control("Class", "kind", all.concat([...new Set(data.tasks.map((task) => task[2]))].map((kind) => [kind, kind])));
  if (!data.open && items > 1) control("Precision", "item", number(data.precisions));
  control("Parameters", "size", all.concat([["0-1000", "to 1,000"], ["1000-10000", "to 10,000"],
    ["10000-100000", "to 100,000"], ["100000-Infinity", "more"]]));
  control("Track", "track", all.concat(number(data.tracks)));
  control("Tier", "tier", all.concat(number(data.tiers)));
  for (const head of document.querySelectorAll("#board thead th")) {
    const button = element("button", head.textContent);
    button.type = "button";
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const same = state.key === head.dataset.key;
      const first = !["rank", "label", "task", "track", "parameters"].includes(head.dataset.key);
      state.down = same ? !state.down : first;
      state.key = head.dataset.key;
      render();
    });
  }
  const pager = document.getElementById("pager");
  if (pager) pager.hidden = true;
  controls.hidden = false;
  render();
}
