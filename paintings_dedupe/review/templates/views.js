// The lists of groups and pairs, and their filters.
const lists = {};

function heading(id, ...children) {
  return make("h3", { id }, ...children);
}

function groupCard(number) {
  const [members, distances, links, doubts] = data.groups[number];
  const id = `g${number}`;
  const kept = members[0];
  const figures = members.map((image, at) =>
    figure(image, at === 0 ? null : kept, { isKept: at === 0, link: links[at], distance: distances[at] }));
  const size = members.length === 1 ? "single image" : counted(members.length, "image");
  return make("article", { className: members.length === 1 ? "card single" : "card", "aria-labelledby": id },
    heading(id, told(artistOf(kept)), `: ${size}`),
    doubts.length ? make("p", { className: "doubts" }, "Look at this: ", doubts.join("; "), ".") : null,
    make("div", { className: "row" }, ...figures));
}

function pairCard(kind, number) {
  const [image, other, distance] = data.pairs[kind].shown[number];
  const id = `${kind}${number}`;
  const artists = image !== null && artistOf(image) === artistOf(other)
    ? [told(artistOf(image))] : [told(artistOf(image)), " and ", told(artistOf(other))];
  const bits = distance === null ? "no distance" : `${counted(distance, "bit")} apart`;
  const withArtist = artists.length > 1;
  // An image's own side is that of version 2, and these are leaks of version 1.
  const [first, second] = kind === "leaks" ? ["Test in version 1", "Train in version 1"] : [null, null];
  return make("article", { className: "card", "aria-labelledby": id },
    heading(id, ...artists, `: ${bits}`),
    make("div", { className: "row" },
      figure(image, other, { withArtist, split: first }),
      figure(other, image, { withArtist, split: second, without: ["same", "different", "compare"] })));
}

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase("en");
const foldedArtists = images.artists.map(folded);
const hasArtist = (image, wanted) => foldedArtists[images.artist[image]].includes(wanted);

const SIZES = {
  several: (size) => size > 1,
  "2": (size) => size === 2,
  "3-5": (size) => size >= 3 && size <= 5,
  "6+": (size) => size >= 6,
  "1": (size) => size === 1,
  all: () => true,
};

function isSaidOf(members, pairs) {
  const targets = [...members.map((image) => targetOf(image)), ...pairs.map(([one, other]) => targetOf(one, other))];
  return targets.some((target) => store.verdictsOf(target).length > 0);
}

const values = (form) => Object.fromEntries(new FormData(form));
const fitsVerdict = (wanted, said) => wanted === "" || (wanted === "with") === said();

function chosenGroups() {
  const wanted = values(element("group-filters"));
  const artist = folded(wanted.artist.trim());
  const least = Number(wanted.distance || 0);
  return [...data.groups.keys()].filter((number) => {
    const [members, distances, links, doubts] = data.groups[number];
    return SIZES[wanted.size](members.length)
      && (!artist || hasArtist(members[0], artist))
      && (!least || distances.some((distance) => distance !== null && distance >= least))
      && (!wanted.link || links.includes(wanted.link))
      && (!wanted.doubtful || doubts.length > 0)
      && fitsVerdict(wanted.verdict, () => isSaidOf(members, members.slice(1).map((one) => [members[0], one])));
  });
}

function chosenPairs(kind) {
  const wanted = values(element(`${kind}-filters`));
  const artist = folded(wanted.artist.trim());
  const most = wanted.distance === "" ? Infinity : Number(wanted.distance);
  return [...data.pairs[kind].shown.keys()].filter((number) => {
    const [image, other, distance] = data.pairs[kind].shown[number];
    return (!artist || hasArtist(image, artist) || hasArtist(other, artist))
      && (most === Infinity || (distance !== null && distance <= most))
      && fitsVerdict(wanted.verdict, () => isSaidOf([image, other], [[image, other]]));
  });
}

function showGroups() {
  const chosen = chosenGroups();
  const more = lists.groups.show(chosen);
  const left = data.groupTotal - data.groups.length;
  const doubtful = chosen.filter((number) => data.groups[number][3].length > 0).length;
  element("group-status").textContent =
    `${chosen.length.toLocaleString("en")} of ${counted(data.groups.length, "group")} match the filter`
    + (doubtful ? `; ${doubtful.toLocaleString("en")} of them ${doubtful === 1 ? "is" : "are"} doubtful.` : "; none of them is doubtful.")
    + (left ? ` ${counted(left, "more group")} of the table ${left === 1 ? "is" : "are"} not on this page, which shows the doubtful and the larger ones.` : "")
    + more;
}

function showPairs(kind) {
  const chosen = chosenPairs(kind);
  const { shown: all, total } = data.pairs[kind];
  lists[kind].show(chosen);
  element(`${kind}-status`).textContent = total === 0 ? "There are none."
    : `${chosen.length.toLocaleString("en")} of ${counted(all.length, "pair")} match the filter.`
      + (total > all.length ? ` These are the nearest of ${total.toLocaleString("en")}.` : "");
}

function startLists() {
  lists.groups = new List(element("group-cards"), groupCard);
  const links = new Set(data.groups.flatMap(([, , group]) => group));
  const choice = element("group-filters").elements.link;
  links.delete("kept");
  [...links].sort().forEach((link) => choice.append(make("option", { value: link }, link)));
  const names = images.artists.slice(0, 500).sort();
  element("artists").append(...names.map((name) => make("option", { value: name })));
  filter("group-filters", showGroups);
  for (const kind of ["near", "conflicts", "leaks"]) {
    lists[kind] = new List(element(`${kind}-cards`), (number) => pairCard(kind, number));
    filter(`${kind}-filters`, () => showPairs(kind));
  }
}

function filter(id, show) {
  const form = element(id);
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
}
