// View beacon: sends the id of a viewed profile, nothing about the visitor; stores nothing.
// Silent where a browser asks not to be tracked (GPC, DNT), and where a program drives it.
const { dataset } = document.querySelector("[data-view]") ?? {};
const silent = navigator.globalPrivacyControl || navigator.doNotTrack === "1" || navigator.webdriver;

function tell() {
  // Sent even if the page is closed; the result is ignored.
  fetch(`/api/v1/escorts/${dataset.view}/views`, { method: "POST", keepalive: true }).catch(() => {});
}

if (dataset && !silent) {
  // A preloaded page or a background tab is not viewed yet.
  if (document.visibilityState === "visible") tell();
  else document.addEventListener("visibilitychange", tell, { once: true });
}
