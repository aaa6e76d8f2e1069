// What ties the parts together: verdicts, saving, sections.
const say = (text) => {
  element("unsaved").textContent = `${text} ${unsavedText()}`;
};

function unsavedText() {
  const unsaved = store.unsaved();
  const kept = store.keeps ? "" : " This browser keeps nothing for this page: save before you close it.";
  if (unsaved) return `${counted(unsaved, "verdict")} not saved.${kept}`;
  if (store.edits.size) return `${counted(store.edits.size, "verdict")} saved. Next: paintings-review --take FILE`;
  return "No unsaved verdicts.";
}

function changed(text = "") {
  refreshAll();
  showVerdicts();
  element("undo").disabled = store.history.length === 0;
  say(text);
}

function act(action, image, other) {
  const reason = objection(action, image, other);
  if (reason) return say(reason);
  changed(judge(action, image, other));
  if (element("compare").open) showCompared();
}

function undo() {
  if (!store.history.length) return say("There is nothing to undo.");
  const image = store.undo();
  changed("Undone.");
  const seen = image === null ? null : section().querySelector(`figure[data-image="${image}"] .thumb`);
  seen?.focus();
}

function save() {
  const address = URL.createObjectURL(new Blob([verdictsText(store.allRows())], { type: "text/csv" }));
  make("a", { href: address, download: "review_verdicts.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  store.markSaved();
  changed();
  element("saved").showModal();
}

function showSection() {
  const name = location.hash.slice(1);
  const sections = [...document.querySelectorAll("main > section")];
  const wanted = sections.find((one) => one.id === name) || (name === "main" ? section() : sections[0]);
  sections.forEach((one) => {
    one.hidden = one !== wanted;
  });
  document.querySelectorAll("nav a").forEach((link) => {
    if (link.hash === `#${wanted.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
  if (name !== "main") scrollTo(0, 0);
}

function start() {
  startLists();
  startVerdicts();
  startCompare();
  startKeys();
  showSection();
  changed();
  document.querySelector("main").addEventListener("click", (event) => {
    const button = event.target.closest("figure [data-action]");
    if (!button) return;
    const here = button.closest("figure");
    if (button.dataset.action === "compare") openCompare(here);
    else act(button.dataset.action, ...pairOf(here));
  });
  element("undo").addEventListener("click", undo);
  element("save").addEventListener("click", save);
  addEventListener("hashchange", showSection);
  // Another tab with this page changed something.
  addEventListener("storage", (event) => {
    if (event.key !== data.key && event.key !== null) return;
    store.load();
    changed();
  });
  addEventListener("beforeunload", (event) => {
    if (!store.keeps && store.unsaved()) event.preventDefault();
  });
}

start();
