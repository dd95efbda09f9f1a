// Tells the house that a profile is being looked at: its id, nothing about who looks, nothing kept here.
// Silent where a browser asks not to be tracked (GPC, DNT), and where a program drives it.
const { dataset } = document.querySelector("[data-view]") ?? {};
const silent = navigator.globalPrivacyControl || navigator.doNotTrack === "1" || navigator.webdriver;

function tell() {
  // Outlives the page; whether it arrives is nobody's concern.
  fetch(`/api/v1/escorts/${dataset.view}/views`, { method: "POST", keepalive: true }).catch(() => {});
}

if (dataset && !silent) {
  // A page loaded ahead, or in a tab behind, is not looked at yet.
  if (document.visibilityState === "visible") tell();
  else document.addEventListener("visibilitychange", tell, { once: true });
}
