// Exit this page: blank it at once, then replace it, so that "back" does not return here.
const WITHIN_MS = 1500;
const link = document.querySelector("[data-exit]");

function leave() {
  document.title = "";
  dispatchEvent(new Event("exit"));
  document.documentElement.classList.add("is-leaving");
  location.replace(link.href);
}

if (link) {
  let last = -Infinity;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    if (event.timeStamp - last < WITHIN_MS) leave();
    last = event.timeStamp;
  }, true);
  // The browser may restore a blanked page for "back": reload it from the server.
  addEventListener("pageshow", (event) => {
    if (event.persisted && document.documentElement.classList.contains("is-leaving")) location.reload();
  });
}
