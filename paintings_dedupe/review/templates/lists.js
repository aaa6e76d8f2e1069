// A long list whose cards exist only near the part that is looked at.
const CARDS_A_CHUNK = 12;
const FIRST_GUESS = 330;
// Browsers lay out about 33 million pixels.
const HIGHEST = 25_000_000;

class List {
  constructor(host, card) {
    this.host = host;
    this.card = card;
    this.items = [];
    this.height = FIRST_GUESS;
    this.watcher = new IntersectionObserver((entries) => this.see(entries), { rootMargin: "1500px 0px" });
  }

  // Show these items, and say so if they are too many for one list.
  show(items) {
    this.watcher.disconnect();
    this.items = items.slice(0, Math.floor(HIGHEST / this.height));
    this.fillChunks(this.items);
    const listed = this.items.length;
    if (listed === items.length) return "";
    return ` The first ${listed.toLocaleString("en")} are listed: narrow the filter to see others.`;
  }

  fillChunks(items) {
    this.chunks = [];
    for (let start = 0; start < items.length; start += CARDS_A_CHUNK) {
      const chunk = make("div", { className: "chunk" });
      chunk.start = start;
      this.chunks.push(chunk);
    }
    this.host.replaceChildren(...this.chunks);
    if (items.length) this.fill(this.chunks[0]);
    this.chunks.slice(1).forEach((chunk) => this.guess(chunk));
    if (items.length) this.host.setAttribute("role", "feed");
    else this.host.removeAttribute("role");
    this.chunks.forEach((chunk) => this.watcher.observe(chunk));
  }

  size(chunk) {
    return Math.min(CARDS_A_CHUNK, this.items.length - chunk.start);
  }

  guess(chunk) {
    chunk.style.minHeight = `${this.size(chunk) * this.height}px`;
  }

  see(entries) {
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      if (isIntersecting) this.fill(target);
      // What has no height is in a section that is not shown.
      else if (boundingClientRect.height && target.firstChild && !target.contains(document.activeElement)) {
        target.style.minHeight = `${boundingClientRect.height}px`;
        target.replaceChildren();
      }
    }
  }

  fill(chunk) {
    if (chunk.firstChild) return;
    const cards = this.items.slice(chunk.start, chunk.start + CARDS_A_CHUNK).map((item, at) => {
      const card = this.card(item);
      card.setAttribute("aria-posinset", String(chunk.start + at + 1));
      card.setAttribute("aria-setsize", String(this.items.length));
      card.dataset.at = String(chunk.start + at);
      return card;
    });
    chunk.style.minHeight = "";
    chunk.replaceChildren(...cards);
    // Before the section is shown, nothing has a height.
    if (chunk.offsetHeight) this.height = chunk.offsetHeight / cards.length;
  }

  // The card at a place, made if it is not there.
  at(place) {
    const chunk = this.chunks[Math.floor(place / CARDS_A_CHUNK)];
    this.fill(chunk);
    return chunk.children[place - chunk.start];
  }
}
