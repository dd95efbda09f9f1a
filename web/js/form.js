// Forms: one submit at a time, a busy button, and focus on errors.
// A form whose submit loads no page (a download, a stopped request) is usable again after a while.
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

// A page rendered in response to a form has its own address (data-address), which "back" requests instead of
// the form's. Assigned values are those that the browser then restores.
for (const form of document.querySelectorAll("form[data-address]")) {
  history.replaceState(history.state, "", form.dataset.address);
  for (const area of form.querySelectorAll("textarea")) area.value = area.value;
}

// "Back" may restore the page with busy buttons.
addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach(idle));

const focusErrors = (root) => root.querySelector?.("[data-focus]")?.focus();
focusErrors(document);

// The end of a date range is not before its beginning: its calendar opens there.
document.addEventListener("change", ({ target }) => {
  const end = target.dataset.until && target.form.elements[target.dataset.until];
  if (end) end.min = target.value || target.min;
});

// htmx may swap in a form with errors; a failed request must be visible.
document.addEventListener("htmx:after:swap", (event) => focusErrors(event.detail.ctx?.target ?? document));
const toasts = document.querySelector("[data-toasts]");
document.addEventListener("htmx:error", () => toasts?.replaceChildren(toasts.dataset.unreachableText));
document.addEventListener("htmx:before:request", () => toasts?.replaceChildren(""));
