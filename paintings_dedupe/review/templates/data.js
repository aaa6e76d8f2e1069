// The data of the page, and text from it that is fit to show.
const element = (id) => document.getElementById(id);
const inPage = element("data");
const data = inPage ? JSON.parse(inPage.textContent) : window.reviewData;
const images = data.images;

// Makes visible what is invisible, or would turn around the text beside it.
const shown = (text) =>
  text.replace(/[\p{C}\u2028\u2029]/gu, (sign) => `\\u{${sign.codePointAt(0).toString(16)}}`);

// An element with text; children may be texts or elements.
function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name in made && typeof value !== "string") made[name] = value;
    else made.setAttribute(name === "className" ? "class" : name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Text from tables, apart from the direction of what is around it.
const told = (text) => make("bdi", {}, shown(text));

const counted = (number, noun, plural = `${noun}s`) =>
  `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;

const artistOf = (image) => images.artists[images.artist[image]];
const titleOf = (image) => images.name[image] || "Untitled";

// The address that a link may lead to, or null: only http and https.
function linkOf(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}
