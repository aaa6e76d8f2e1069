// Verdicts: those of the file, and those that were made here, which the browser's storage holds.
// A target is what a verdict is of: the name of an image, or the names of two.
const hashNames = new Set();
images.hash.forEach((hash, image) => {
  if (images.byHash[image]) hashNames.add(JSON.stringify([artistOf(image), hash]));
});

function sideKey(artist, hash, url) {
  const short = JSON.stringify([artist, hash]);
  return hashNames.has(short) ? short : JSON.stringify([artist, hash, url]);
}

const nameOf = (image) =>
  images.byHash[image]
    ? JSON.stringify([artistOf(image), images.hash[image]])
    : JSON.stringify([artistOf(image), images.hash[image], images.url[image]]);

const pairTarget = (one, other) => JSON.stringify([one, other].sort());
const targetOf = (image, other = null) =>
  other === null ? nameOf(image) : pairTarget(nameOf(image), nameOf(other));

function targetOfRow(row) {
  const side = sideKey(row[1], row[2], row[3]);
  return row[4] ? pairTarget(side, sideKey(row[4], row[5], row[6])) : side;
}

const PAIR_VERDICTS = ["same", "different"];

class Store {
  constructor(rows, problems, key) {
    this.key = key;
    this.file = new Map();
    for (const row of rows) {
      const target = targetOfRow(row);
      this.file.set(target, [...(this.file.get(target) || []), row]);
    }
    this.problems = new Map(problems.map((row) => [targetOfRow(row), row[7]]));
    this.edits = new Map();
    this.saved = new Map();
    this.history = [];
    this.keeps = true;
    // What was saved and has come into the file is done with. Otherwise it would come back, and undo what
    // somebody else decides about the same images later.
    if (this.load()) this.keep();
  }

  // Read what the browser holds; whether some of it was saved and is in the file.
  load() {
    let held = {};
    try {
      held = JSON.parse(localStorage.getItem(this.key)) || {};
    } catch {
      this.keeps = false;
    }
    // A later page may have the verdicts in its file, under another target if the image has left the tables.
    const rows = new Set([...this.file.values()].flat().map((row) => JSON.stringify(row)));
    const open = ([target, row]) =>
      row !== null && !this.file.has(target) ? !rows.has(JSON.stringify(row)) : !this.isInFile(target, row);
    this.edits = new Map((held.edits || []).filter(open));
    this.saved = new Map((held.saved || []).filter(open));
    return this.saved.size < (held.saved || []).length;
  }

  keep() {
    try {
      const held = { edits: [...this.edits], saved: [...this.saved] };
      if (this.edits.size || this.saved.size) localStorage.setItem(this.key, JSON.stringify(held));
      else localStorage.removeItem(this.key);
      this.keeps = true;
    } catch {
      this.keeps = false;
    }
  }

  isInFile(target, row) {
    const rows = this.file.get(target) || [];
    return row === null ? rows.length === 0 : rows.length === 1 && equal(rows[0], row);
  }

  rowsOf(target) {
    if (!this.edits.has(target)) return this.file.get(target) || [];
    const row = this.edits.get(target);
    return row === null ? [] : [row];
  }

  verdictsOf(target) {
    return this.rowsOf(target).map((row) => row[0]);
  }

  problemOf(target) {
    return this.edits.has(target) ? null : this.problems.get(target) || null;
  }

  // Replace what is said of a target by a row, or by nothing (null), or by what the file says (undefined).
  set(target, row, image = null) {
    this.history.push([target, this.edits.has(target) ? this.edits.get(target) : undefined, image]);
    this.put(target, row);
  }

  put(target, row) {
    if (row === undefined || this.isInFile(target, row)) this.edits.delete(target);
    else this.edits.set(target, row);
    this.keep();
  }

  // Take back the last change, and return the image where it was made.
  undo() {
    const [target, before, image] = this.history.pop();
    this.put(target, before);
    return image;
  }

  allRows() {
    const untouched = [...this.file].filter(([target]) => !this.edits.has(target));
    const made = [...this.edits.values()].filter((row) => row !== null);
    return [...untouched.flatMap(([, rows]) => rows), ...made];
  }

  isUnsaved(target) {
    const [made, saved] = [this.edits, this.saved].map((map) => map.get(target));
    if (made === undefined || saved === undefined) return made !== saved;
    return made === null || saved === null ? made !== saved : !equal(made, saved);
  }

  unsaved() {
    const targets = new Set([...this.edits.keys(), ...this.saved.keys()]);
    return [...targets].filter((target) => this.isUnsaved(target)).length;
  }

  markSaved() {
    this.saved = new Map(this.edits);
    this.keep();
  }
}

const equal = (one, other) => one.every((text, at) => text === other[at]);
const store = new Store(data.verdicts, data.problems, data.key);

// A file of UTF-8 cannot hold these.
const fits = (text) => !/[\0\p{Cs}]/u.test(text);

// Why a verdict is not possible, or null.
function objection(action, image, other) {
  const isPair = PAIR_VERDICTS.includes(action);
  if (isPair && other === null) return "Choose an image other than the kept one: this verdict is of two images.";
  if (isPair && nameOf(image) === nameOf(other))
    return "Both images have the same hash, so they cannot be told apart by a verdict.";
  const named = [image, ...(isPair ? [other] : [])];
  if (named.some((one) => !fits(artistOf(one)) || !fits(urlInFile(one))))
    return "The name of this image has characters that a file cannot hold.";
  if (named.some((one) => artistOf(one).trim().toLowerCase() === "null"))
    return "dbt reads this artist's name as empty, so it can obey no verdict on the image.";
  return null;
}

const urlInFile = (image) => images.toldUrl[image] ?? images.url[image];

// Say something of an image, or of a pair; to say the same again takes it back.
function judge(action, image, other) {
  const isPair = PAIR_VERDICTS.includes(action);
  const target = targetOf(image, isPair ? other : null);
  const before = store.rowsOf(target);
  if (before.length === 1 && before[0][0] === action) {
    store.set(target, null, image);
    return `Taken back: ${action}.`;
  }
  const side = (one) => [artistOf(one), images.hash[one], urlInFile(one)];
  const others = isPair ? side(other) : ["", "", ""];
  const note = before.length ? before[0][7] : "";
  const inFile = (store.file.get(target) || []).find((row) => row[0] === action);
  store.set(target, inFile || inOrder([action, ...side(image), ...others, note]), image);
  return `Marked: ${action}.`;
}
