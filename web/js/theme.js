// Classic script in <head>, before the style sheet: a chosen theme must be there with the first paint.
// The theme switch is in the footer and stays hidden without scripts.
(() => {
  const KEY = "theme";
  const root = document.documentElement;

  const read = () => {
    try { return localStorage.getItem(KEY) ?? ""; } catch { return ""; }
  };
  const write = (theme) => {
    try { theme ? localStorage.setItem(KEY, theme) : localStorage.removeItem(KEY); } catch { /* private mode */ }
  };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  apply(read());
  document.addEventListener("DOMContentLoaded", () => {
    const group = document.querySelector("[data-theme-switch]");
    if (!group) return;
    const buttons = [...group.querySelectorAll("button")];
    const show = () => buttons.forEach((each) => each.setAttribute("aria-pressed", String(each.value === read())));
    group.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      write(button.value);
      apply(button.value);
      show();
    });
    show();
    group.hidden = false;
  });
})();
