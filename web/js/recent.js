// Recently viewed profiles: stored in this browser only, never sent; one press clears the list.
const KEY = "recent";
const SHOWN = 6;
const KEPT_MS = 30 * 24 * 3600 * 1000;

function read() {
  try {
    const all = JSON.parse(localStorage.getItem(KEY)) ?? [];
    return all.filter((one) => /^\/[a-z0-9-]+$/.test(one.path) && Date.now() - one.at < KEPT_MS);
  } catch {
    return [];
  }
}

function write(all) {
  try {
    if (all.length) localStorage.setItem(KEY, JSON.stringify(all.slice(0, SHOWN)));
    else localStorage.removeItem(KEY);
  } catch {
    // A browser without storage has no list to show.
  }
}

function remember({ recent: path, recentName: name, recentCity: city }) {
  write([{ path, name, city, at: Date.now() }, ...read().filter((one) => one.path !== path)]);
}

function show(section) {
  const list = section.querySelector("ul");
  list.replaceChildren(...read().map(({ path, name, city }) => {
    const link = Object.assign(document.createElement("a"), { href: path, textContent: name });
    const item = document.createElement("li");
    item.append(link, ` ${city}`);
    return item;
  }));
  section.hidden = !list.children.length;
}

const viewed = document.querySelector("[data-recent]");
if (viewed) remember(viewed.dataset);

const section = document.querySelector("[data-recent-list]");
if (section) {
  show(section);
  section.querySelector("button").addEventListener("click", () => {
    write([]);
    show(section);
    document.querySelector("main")?.focus();
  });
  // "Back" may restore the page without the last profile.
  addEventListener("pageshow", (event) => event.persisted && show(section));
}
