// Scrolls to the results after a search: on a phone the list is below the form.
let asked = false;

document.addEventListener("submit", (event) => {
  asked = event.target.matches("[data-leads-to-results]");
});
// The next results replace the "Show more" button: move the focus to the first of them.
let shown = Infinity;

const cards = () => document.querySelectorAll(".results > .profile-card");

document.addEventListener("click", (event) => {
  shown = event.target.closest(".pagination [hx-get]") ? cards().length : Infinity;
});

document.addEventListener("htmx:after:swap", () => {
  const results = document.getElementById("results");
  const next = cards()[shown];
  if (next) {
    shown = Infinity;
    next.querySelector("a").focus({ preventScroll: true });
  }
  if (!asked || !results) return;
  asked = false;
  results.scrollIntoView();
  results.focus({ preventScroll: true });
});
