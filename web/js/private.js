// Client book: locks after idle time, is covered while the tab is hidden, and is never restored from the browser's
// back/forward cache. The lock button works without scripts.
const CHECK_MS = 5_000;
const ALIVE_MS = 4 * 60_000;
const GOES_ON_MS = 1_000;
const root = document.documentElement;
const lock = document.querySelector("form[data-lock]");
const panic = document.querySelector("form[data-panic]");
const clock = document.querySelector("[data-idle-minutes]");

addEventListener("pageshow", (event) => event.persisted && location.reload());
document.addEventListener("visibilitychange", () => root.classList.toggle("is-covered", document.hidden));

const quietly = (form) => navigator.sendBeacon(form.action, new URLSearchParams());
addEventListener("exit", () => lock && quietly(lock));
panic?.addEventListener("submit", (event) => {
  event.preventDefault();
  quietly(panic);
  document.querySelector("[data-exit]").click();
});

if (lock && clock) {
  const idleMs = Number(clock.dataset.idleMinutes) * 60_000;
  let used = Date.now();
  let heard = used;
  let locking = false;
  const left = () => idleMs - (Date.now() - used);
  const show = () => {
    clock.textContent = clock.dataset.locksInText.replace("{minutes}", Math.max(1, Math.ceil(left() / 60_000)));
  };
  // Typing a long note counts as activity, although no request is sent.
  const stay = () => {
    used = Date.now();
    if (used - heard < ALIVE_MS) return;
    heard = used;
    fetch(clock.dataset.alive, { method: "POST" }).catch(() => {});
  };
  const check = () => {
    if (locking) return;
    show();
    if (left() > 0) return;
    locking = true;
    root.classList.add("is-leaving");
    lock.requestSubmit();
  };
  for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, stay, { passive: true, capture: true });
  // Timers stop while a laptop sleeps: check the time when it wakes.
  document.addEventListener("visibilitychange", check);
  setInterval(check, CHECK_MS);
  show();
}

// Continue work that takes several requests; without scripts, a button does.
const goesOn = document.querySelector("form[data-goes-on]");
if (goesOn) setTimeout(() => goesOn.requestSubmit(goesOn.querySelector("button")), GOES_ON_MS);

// A new entry defaults to the time zone of the browser.
const zone = document.querySelector("select[data-own-zone]");
if (zone) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...zone.options].some((one) => one.value === own)) zone.value = own;
}
