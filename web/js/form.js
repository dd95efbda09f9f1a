// Forms: one submit at a time, a button that says so, and focus on what went wrong.
// A form that leaves no page behind (a download, a stopped request) is usable again after a while.
const PATIENCE_MS = 10_000;

function idle(form) {
  form.ariaBusy = null;
  for (const button of form.querySelectorAll("button[data-idle-text]")) {
    button.querySelector("span").textContent = button.dataset.idleText;
    button.ariaDisabled = null;
    delete button.dataset.idleText;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-busy]");
  if (!form || event.defaultPrevented) return;
  if (form.ariaBusy === "true") {
    event.preventDefault();
    return;
  }
  form.ariaBusy = "true";
  setTimeout(idle, PATIENCE_MS, form);
  const button = event.submitter;
  const label = button?.querySelector("span");
  if (!label || !button.dataset.busyText) return;
  button.ariaDisabled = "true";
  button.dataset.idleText = label.textContent;
  label.textContent = button.dataset.busyText;
});

// A page that a form led to has an address of its own (data-address), by which "back" asks for it instead
// of for the form. Values that were written anew are those that the browser then fills in by itself.
for (const form of document.querySelectorAll("form[data-address]")) {
  history.replaceState(history.state, "", form.dataset.address);
  for (const area of form.querySelectorAll("textarea")) area.value = area.value;
}

// "Back" may bring the page as it was left.
addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach(idle));

const focusErrors = (root) => root.querySelector?.("[data-focus]")?.focus();
focusErrors(document);

// The end of a stretch of days is not before its beginning: its calendar opens there.
document.addEventListener("change", ({ target }) => {
  const end = target.dataset.until && target.form.elements[target.dataset.until];
  if (end) end.min = target.value || target.min;
});

// What htmx swaps in may be a form with errors; what it cannot fetch must not fail in silence.
document.addEventListener("htmx:after:swap", (event) => focusErrors(event.detail.ctx?.target ?? document));
const toast = (text) => document.querySelector("[data-toasts]")?.replaceChildren(text);
document.addEventListener("htmx:error", () => toast("We could not reach HelloMahi. Check your connection and try again."));
document.addEventListener("htmx:before:request", () => toast(""));
