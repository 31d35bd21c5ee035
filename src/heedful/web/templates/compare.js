"use strict";
(() => {
  const words = JSON.parse(document.body.dataset.words);
  const run = document.body.dataset.run;
  const pairs = [...document.querySelectorAll(".pair")];
  const KEY_SAYS = "heedful compare: which side stood where";
  const CHOICES = ["left", "right", "same", "both_bad"];
  const PLACE = `heedful-compare-${run}`;
  const find = (id) => document.getElementById(id);
  const made = { choices: new Map(), afterReveal: new Set(), opened: false };
  let at = 0;
  let key = null;

  // Where a page may not keep anything (a private window, some file: pages), choices last as long as it is open.
  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(PLACE) || "{}");
    } catch {
      return {};
    }
  };
  const asJson = () => ({
    run,
    choices: Object.fromEntries(made.choices),
    after_reveal: [...made.afterReveal],
    revealed: made.opened,
  });
  const keep = () => {
    try {
      localStorage.setItem(PLACE, JSON.stringify(asJson()));
    } catch {
      return;
    }
  };

  const show = (number, focus = true) => {
    at = Math.min(Math.max(number, 0), pairs.length - 1);
    pairs.forEach((pair, place) => { pair.hidden = place !== at; });
    find("back").disabled = at === 0;
    find("next").disabled = at === pairs.length - 1;
    if (focus) {
      pairs[at].focus();
      window.scrollTo(0, 0);
    }
  };
  const paint = () => {
    for (const pair of pairs) {
      const choice = made.choices.get(pair.dataset.id);
      for (const button of pair.querySelectorAll("[data-choice]")) {
        button.setAttribute("aria-pressed", String(button.dataset.choice === choice));
      }
      for (const side of pair.querySelectorAll(".side")) {
        side.classList.toggle("is-chosen", side.dataset.place === choice || choice === "same");
      }
    }
    find("chosen").textContent = words.chosen.replace("{n}", made.choices.size).replace("{all}", pairs.length);
    if (key) tell();
  };
  const choose = (pair, choice) => {
    made.choices.set(pair.dataset.id, choice);
    if (made.opened) made.afterReveal.add(pair.dataset.id);
    keep();
    paint();
  };

  const sideOf = (id, choice) => {
    if (choice === "left") return key.left[id];
    if (choice === "right") return key.left[id] === "a" ? "b" : "a";
    return choice;
  };
  // The exact two-sided chance of a split at least as uneven, when either side is as likely.
  const signTest = (first, second) => {
    const many = first + second;
    let term = Math.pow(0.5, many);
    let sum = 0;
    for (let k = 0; k <= Math.min(first, second); k += 1) {
      sum += term;
      term = (term * (many - k)) / (k + 1);
    }
    return Math.min(1, 2 * sum);
  };
  const table = (place, heads, rows) => {
    const made = document.createElement("table");
    const row = (cells, name) => {
      const line = document.createElement("tr");
      cells.forEach((text, column) => {
        const cell = document.createElement(name === "th" || column === 0 ? "th" : "td");
        cell.scope = name === "th" ? "col" : "row";
        cell.textContent = text;
        line.append(cell);
      });
      return line;
    };
    made.createTHead().append(row(heads, "th"));
    made.createTBody().append(...rows.map((cells) => row(cells, "td")));
    find(place).replaceChildren(made);
  };
  const short = (value) => String(Number(value.toFixed(Math.abs(value) < 10 ? 3 : 1)));
  const count = (ids) => {
    const tally = { a: 0, b: 0, same: 0, both_bad: 0 };
    for (const id of ids) tally[sideOf(id, made.choices.get(id))] += 1;
    return tally;
  };
  const tell = () => {
    const blind = [...made.choices.keys()].filter((id) => !made.afterReveal.has(id));
    find("sides").textContent = `A: ${key.a} · B: ${key.b}`;
    const languages = [...new Set(blind.map((id) => key.questions[id].lang))].sort();
    const row = (name, ids) => {
      const tally = count(ids);
      const p = signTest(tally.a, tally.b);
      return [name, ids.length, tally.a, tally.b, tally.same, tally.both_bad, p.toFixed(3)].map(String);
    };
    const rows = [row(words.all, blind)];
    for (const one of languages.length > 1 ? languages : []) {
      rows.push(row(one, blind.filter((id) => key.questions[id].lang === one)));
    }
    table("tally", ["", "n", "A", "B", words.same, words.both_bad, "p"], rows);
    const all = count(blind);
    const better = all.a > all.b ? "A" : "B";
    find("verdict").textContent =
      signTest(all.a, all.b) < 0.05 ? words.sure.replace("{side}", better) : words.unsure;
    const { rules, ...named } = key.figures.differences;
    const line = (name, one) => [name, short(one.a), short(one.b), short(one.change), one.sure ? words.yes : words.no];
    const figures = [
      ...Object.entries(named).map(([name, one]) => line(words[`figure_${name}`] || name, one)),
      ...Object.entries(rules).map(([name, one]) => line(`${words.against} ${name}`, one)),
    ];
    table("figures", ["", "A", "B", "B − A", words.is_sure], figures);
  };

  const reveal = async (file) => {
    const trouble = find("trouble");
    trouble.hidden = true;
    let content = null;
    try {
      content = JSON.parse(await file.text());
    } catch {
      content = null;
    }
    if (!content || content.key !== KEY_SAYS || content.run !== run) {
      trouble.textContent = words.wrong_key;
      trouble.hidden = false;
      return;
    }
    key = content;
    made.opened = true;
    keep();
    pairs.forEach((pair) => {
      const left = key.left[pair.dataset.id];
      for (const side of pair.querySelectorAll(".side")) {
        const name = (side.dataset.place === "left") === (left === "a") ? "A" : "B";
        side.querySelector("h3").textContent = `${words[`${side.dataset.place}_side`]} = ${name}`;
      }
    });
    find("revealed").hidden = false;
    paint();
    find("revealed").focus();
  };
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(asJson(), null, 1)], { type: "application/json" }));
    link.download = `choices-${run}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  const before = kept();
  const known = new Set(pairs.map((pair) => pair.dataset.id));
  for (const [id, choice] of Object.entries(before.choices || {})) {
    if (known.has(id) && CHOICES.includes(choice)) made.choices.set(id, choice);
  }
  made.afterReveal = new Set((before.after_reveal || []).filter((id) => known.has(id)));
  made.opened = before.revealed === true;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choice]");
    if (button) choose(button.closest(".pair"), button.dataset.choice);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const number = ["1", "2", "3", "4"].indexOf(event.key);
    if (number >= 0) choose(pairs[at], CHOICES[number]);
    else if (event.key === "ArrowRight") show(at + 1);
    else if (event.key === "ArrowLeft") show(at - 1);
    else return;
    event.preventDefault();
  });
  find("back").addEventListener("click", () => show(at - 1));
  find("next").addEventListener("click", () => show(at + 1));
  find("download").addEventListener("click", download);
  find("key").addEventListener("change", (event) => {
    if (event.target.files.length) reveal(event.target.files[0]);
    event.target.value = "";
  });
  paint();
  const open = pairs.findIndex((pair) => !made.choices.has(pair.dataset.id));
  show(Math.max(open, 0), false);
})();
