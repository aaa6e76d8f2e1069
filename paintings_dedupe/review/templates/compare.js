// Two images side by side, laid over each other, or shown in turn.
const BLINK_MILLISECONDS = 700;
const compare = { pair: null, blinking: null, opener: null };

function openCompare(one) {
  const [image, other] = pairOf(one);
  if (other === null) return say("Choose an image other than the kept one.");
  compare.pair = [image, other];
  compare.opener = one.querySelector(".thumb");
  element("stack").replaceChildren(...[other, image].map((shown) => make("div", {}, picture(shown))));
  const size = (shown) => `${images.width[shown] ?? "?"} × ${images.height[shown] ?? "?"}`;
  element("compare-about").replaceChildren(
    told(titleOf(other)), ` (${size(other)}) and `, told(titleOf(image)), ` (${size(image)})`);
  setMode("beside");
  showCompared();
  element("compare").showModal();
}

function setMode(mode) {
  clearInterval(compare.blinking);
  const stack = element("stack");
  stack.className = mode;
  for (const button of element("compare-controls").querySelectorAll("[data-mode]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  }
  element("share").hidden = mode !== "over";
  setShare(mode === "over" ? element("opacity").value / 100 : 1);
  if (mode === "blink") {
    let second = true;
    compare.blinking = setInterval(() => {
      second = !second;
      setShare(second ? 1 : 0);
    }, BLINK_MILLISECONDS);
  }
}

const setShare = (share) => {
  element("stack").lastElementChild.style.opacity = String(share);
};

function showCompared() {
  const verdicts = store.verdictsOf(targetOf(...compare.pair));
  element("compare-status").textContent = verdicts.length ? `Verdict: ${verdicts.join(", ")}.` : "No verdict yet.";
}

function startCompare() {
  const dialog = element("compare");
  element("compare-controls").addEventListener("click", (event) => {
    const button = event.target.closest("[data-mode]");
    if (button) setMode(button.dataset.mode);
  });
  element("opacity").addEventListener("input", (event) => setShare(event.target.value / 100));
  element("compare-verdicts").addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (button) act(button.dataset.action, ...compare.pair);
  });
  element("compare-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    clearInterval(compare.blinking);
    compare.opener?.focus();
  });
}
