// The keys: what each does, and the card and image that they are about.
const KEYS = [
  ["j", "n", "next group or pair", () => move(1)],
  ["k", "p", "previous group or pair", () => move(-1)],
  ["ArrowRight", "l", "next image of it", () => step(1)],
  ["ArrowLeft", "h", "previous image of it", () => step(-1)],
  ["s", null, "same painting", () => actHere("same")],
  ["d", null, "different paintings", () => actHere("different")],
  ["x", null, "drop: no painting at all", () => actHere("drop")],
  ["w", null, "wrong artist", () => actHere("wrong artist")],
  ["c", null, "compare the two images", () => actHere("compare")],
  ["b", null, "compare them, shown in turn", () => blinkHere()],
  ["u", null, "undo the last verdict", () => undo()],
  ["Enter", null, "open the image itself, in a new tab", null],
  ["?", null, "this help", () => element("help").showModal()],
  ["Escape", null, "close a dialog", null],
];
const KEY_SIGNS = { ArrowRight: "→", ArrowLeft: "←" };

const section = () => document.querySelector("main > section:not([hidden])");
const listHere = () => lists[section().id] || null;
const cardHere = () => document.activeElement.closest?.(".card") || null;

function figureHere() {
  const focused = document.activeElement.closest?.("figure");
  if (focused) return focused;
  const list = listHere();
  return list && list.items.length ? mainFigure(cardHere() || list.at(0)) : null;
}

// Of a group, the first image besides the kept one.
const mainFigure = (card) => card.querySelector("figure[data-other]") || card.querySelector("figure");

function focusOn(card) {
  const target = mainFigure(card)?.querySelector(".thumb") || card.querySelector("button");
  target.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const list = listHere();
  if (!list || !list.items.length) return;
  const card = cardHere();
  const place = card ? Number(card.dataset.at) + by : 0;
  if (place < 0 || place >= list.items.length) return say(by > 0 ? "This is the last one." : "This is the first one.");
  focusOn(list.at(place));
}

function step(by) {
  const here = figureHere();
  if (!here) return;
  const figures = [...here.closest(".card").querySelectorAll("figure")];
  const next = document.activeElement.closest("figure") ? figures[figures.indexOf(here) + by] : here;
  next?.querySelector(".thumb").focus();
}

function actHere(action) {
  if (element("compare").open) {
    if (action !== "compare") act(action, ...compare.pair);
    return;
  }
  const here = figureHere();
  if (!here) return;
  here.querySelector(".thumb").focus();
  if (action === "compare") openCompare(here);
  else act(action, ...pairOf(here));
}

function blinkHere() {
  if (!element("compare").open) actHere("compare");
  if (element("compare").open) setMode(element("stack").className === "blink" ? "beside" : "blink");
}

const keysOn = element("keys-on");

function pressed(event) {
  const typing = event.target.matches("input:not([type=checkbox], [type=range]), select, textarea");
  if (!keysOn.checked || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const found = KEYS.find(([key, other]) => event.key === key || event.key === other);
  if (!found || !found[3] || element("help").open || element("saved").open) return;
  if (event.key.startsWith("Arrow") && (event.target.matches("input") || !cardHere())) return;
  event.preventDefault();
  found[3]();
}

function startKeys() {
  const row = ([key, other, does]) =>
    make("tr", {}, make("td", {}, ...[key, other].filter(Boolean).flatMap((one, at) =>
      [at ? " or " : "", make("kbd", {}, KEY_SIGNS[one] || one)])), make("td", {}, does));
  element("key-table").append(...KEYS.map(row));
  document.addEventListener("keydown", pressed);
  element("help-button").addEventListener("click", () => element("help").showModal());
  for (const name of ["help", "saved"]) {
    element(`${name}-close`).addEventListener("click", () => element(name).close());
  }
}
