// The list of all verdicts.
function verdictCard(target) {
  const rows = store.rowsOf(target);
  const row = rows[0] || store.file.get(target)[0];
  const id = `v${lists.verdicts.items.indexOf(target)}`;
  const side = (artist, hash, url) => make("p", {}, told(artist), " ", make("code", {}, hash || "no hash"), " ", told(url));
  const saved = store.isUnsaved(target) ? "not saved" : store.edits.has(target) ? "saved, not built" : "in the file";
  const problem = store.problemOf(target);
  const name = rows.length ? rows.map((one) => one[0]).join(", ") : `${row[0]}, taken back`;
  return make("article", { className: "card", "aria-labelledby": id, "data-target": target },
    heading(id, `${name} (${saved})`),
    side(row[1], row[2], row[3]), row[4] ? side(row[4], row[5], row[6]) : null,
    problem ? make("p", { className: "problem" }, "Not obeyed: ", told(problem)) : null,
    row[7] ? make("p", {}, "Note: ", told(row[7])) : null,
    make("div", { className: "buttons" },
      make("button", { type: "button", "data-action": rows.length ? "take back" : "put back", "aria-labelledby": `${id}b ${id}`, id: `${id}b` },
        rows.length ? "Take back" : "Put back")));
}

function showVerdicts() {
  const targets = [...new Set([...store.edits.keys(), ...store.file.keys()])];
  lists.verdicts.show(targets);
  const rows = store.allRows().length;
  element("verdict-count").textContent = rows.toLocaleString("en");
  const problems = store.problems.size ? ` The last build could not obey ${store.problems.size.toLocaleString("en")} of the file.` : "";
  element("verdict-status").textContent = targets.length
    ? `${counted(rows, "verdict")}.${problems}`
    : "There are none yet. Mark images in the other sections.";
}

function startVerdicts() {
  lists.verdicts = new List(element("verdict-cards"), verdictCard);
  element("verdict-cards").addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (!button) return;
    const { target } = button.closest("[data-target]").dataset;
    store.set(target, button.dataset.action === "take back" ? null : undefined);
    changed();
  });
}
