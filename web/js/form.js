// Forms: one submit at a time, a button that says so, and focus on what went wrong.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-busy]");
  if (!form || event.defaultPrevented) return;
  if (form.ariaBusy === "true") {
    event.preventDefault();
    return;
  }
  form.ariaBusy = "true";
  const label = event.submitter?.querySelector("span");
  if (!label) return;
  // After this turn: the button's own name and value still belong to what is sent.
  setTimeout(() => {
    event.submitter.ariaDisabled = "true";
    event.submitter.dataset.idleText = label.textContent;
    label.textContent = event.submitter.dataset.busyText;
  });
});

// "Back" may bring the page as it was left.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.ariaBusy = null;
  for (const button of document.querySelectorAll("button[data-idle-text]")) {
    button.querySelector("span").textContent = button.dataset.idleText;
    button.ariaDisabled = null;
    delete button.dataset.idleText;
  }
});

const focusErrors = (root) => root.querySelector?.("[data-focus]")?.focus();
focusErrors(document);

// What htmx swaps in may be a form with errors; what it cannot fetch must not fail in silence.
document.addEventListener("htmx:after:swap", (event) => focusErrors(event.detail.ctx?.target ?? document));
document.addEventListener("htmx:error", () => {
  const toasts = document.querySelector("[data-toasts]");
  if (toasts) toasts.textContent = "We could not reach HelloMahi. Check your connection and try again.";
});
