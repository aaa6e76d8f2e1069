// The text of the file of verdicts, as paintings_dedupe/review/verdicts.py writes it.
const HEADER = [
  "Verdict", "Artist", "DHashHex8", "URL", "OtherArtist", "OtherDHashHex8", "OtherURL", "Note",
];

// Orders UTF-16 units as their code points: surrogates stand for what comes after U+FFFF.
const rank = (unit) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);

function compareTexts(one, other) {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (a !== b) return rank(a) - rank(b);
  }
  return one.length - other.length;
}

function compareLists(one, other) {
  for (let at = 0; at < one.length; at += 1) {
    const order = compareTexts(one[at], other[at]);
    if (order) return order;
  }
  return 0;
}

// The fields of a row with the side first that sorts first.
function inOrder(row) {
  const [verdict, artist, hash, url, otherArtist, otherHash, otherUrl, note] = row;
  const [side, other] = [[artist, hash, url], [otherArtist, otherHash, otherUrl]];
  if (!otherArtist || compareLists(side, other) <= 0) return row;
  return [verdict, ...other, ...side, note];
}

const field = (text) => (/[,"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function verdictsText(rows) {
  const key = ([verdict, ...rest]) => [...rest.slice(0, -1), verdict, rest.at(-1)];
  const sorted = rows.map(inOrder).sort((one, other) => compareLists(key(one), key(other)));
  return [HEADER, ...sorted].map((row) => `${row.map(field).join(",")}\n`).join("");
}
