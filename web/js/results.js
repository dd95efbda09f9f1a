// "Show" leads to what it shows: on a phone the list is below the form.
let asked = false;

document.addEventListener("submit", (event) => {
  asked = event.target.matches("[data-leads-to-results]");
});
document.addEventListener("htmx:after:swap", () => {
  const results = document.getElementById("results");
  if (!asked || !results) return;
  asked = false;
  results.scrollIntoView();
  results.focus({ preventScroll: true });
});
