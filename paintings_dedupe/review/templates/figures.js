// An image with its caption, its buttons and what was said of it.
const DOUBTFUL_LINKS = ["indirect", "weak match"];
const ACTIONS = [
  ["same", "Same", "The two images show one painting"],
  ["different", "Different", "The two images show different paintings"],
  ["drop", "Drop", "No painting at all"],
  ["wrong artist", "Wrong artist", "Not by this artist"],
  ["compare", "Compare", "Lay the two images over each other"],
];

function picture(image) {
  const number = images.picture[image];
  if (number < 0) {
    return make("span", { className: "no-picture" }, shown(data.noPictures[-1 - number]));
  }
  const [width, height, source] = data.pictures[number];
  return make("img", {
    src: source, width: String(width), height: String(height), alt: describe(image),
    decoding: "async", loading: "lazy", draggable: "false",
  });
}

const describe = (image) => `${shown(titleOf(image))}, by ${shown(artistOf(image))}`;

// What leads to the image itself, and can have the focus.
function thumb(image) {
  const link = linkOf(images.url[image]);
  const label = images.picture[image] < 0 ? describe(image) : null;
  if (link === null) {
    return make("span", { className: "thumb", tabindex: "0", role: "group", "aria-label": `${describe(image)}, without a link` }, picture(image));
  }
  return make("a", {
    className: "thumb", href: link, target: "_blank", rel: "noreferrer noopener",
    "aria-label": label && `${label}: ${shown(data.noPictures[-1 - images.picture[image]])}`,
  }, picture(image));
}

function facts(image, { link = null, distance = null, isKept = false, withArtist = false, split = null }) {
  const [width, height] = [images.width[image], images.height[image]];
  const size = width && height ? `${width} × ${height}` : "size unknown";
  const parts = [`${size}, ${shown(images.formats[images.format[image]] || "format unknown")}`];
  const lines = [
    make("span", { className: "title" }, told(titleOf(image))),
    withArtist ? make("span", {}, told(artistOf(image))) : null,
    make("span", {}, ...parts),
    make("span", { className: "host" }, told(images.hosts[images.host[image]] || "no host")),
  ];
  if (isKept) lines.push(make("span", { className: "kept" }, "Kept"));
  else if (link !== null) {
    const bits = distance === null ? "no distance" : counted(distance, "bit");
    lines.push(make("span", { className: DOUBTFUL_LINKS.includes(link) ? "doubts" : null }, `${link}, ${bits}`));
  }
  const side = split ?? images.split[image];
  if (side) lines.push(make("span", {}, side));
  return make("figcaption", {}, ...lines);
}

// `other` is the image with which this one makes a pair, or null.
function figure(image, other, options = {}) {
  const buttons = ACTIONS.filter(([action]) => other !== null || ["drop", "wrong artist"].includes(action))
    .filter(([action]) => !options.without?.includes(action))
    .map(([action, name, title]) =>
      make("button", {
        type: "button", "data-action": action, title,
        "aria-pressed": action === "compare" ? null : "false",
        "aria-label": `${name}: ${shown(titleOf(image))}`,
      }, name));
  const made = make("figure",
    { className: options.isKept ? "is-kept" : null, "data-image": String(image), "data-other": other === null ? null : String(other) },
    thumb(image), facts(image, options), make("p", { className: "said" }), make("div", { className: "buttons" }, ...buttons));
  refresh(made);
  return made;
}

const pairOf = (one) => [Number(one.dataset.image), "other" in one.dataset ? Number(one.dataset.other) : null];

// Show what is said now of a figure's image, and of its pair.
function refresh(one) {
  const [image, other] = pairOf(one);
  const targets = [targetOf(image), ...(other === null ? [] : [targetOf(image, other)])];
  const verdicts = targets.flatMap((target) => store.verdictsOf(target));
  const said = one.querySelector(".said");
  const lines = targets.flatMap((target) => {
    const saved = store.isUnsaved(target) ? "not saved" : store.edits.has(target) ? "saved, not built" : "in the file";
    const problem = store.problemOf(target);
    return store.verdictsOf(target).map((verdict) =>
      make("span", { className: `verdict ${verdict.replace(" ", "-")}` },
        `${verdict} (${saved})`, problem ? make("span", { className: "problem" }, " Not obeyed: ", told(problem)) : null));
  });
  said.replaceChildren(...lines);
  for (const button of one.querySelectorAll("[data-action][aria-pressed]")) {
    button.setAttribute("aria-pressed", String(verdicts.includes(button.dataset.action)));
  }
}

const refreshAll = () => document.querySelectorAll("figure[data-image]").forEach(refresh);
