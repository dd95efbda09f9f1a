// Copy buttons beside <code data-copy>. Without scripts the text can be selected.
const { copyText, copiedText, copyByHandText } = document.body.dataset;
for (const code of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy-button";
  button.textContent = copyText;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent.trim());
      button.textContent = copiedText;
    } catch {
      button.textContent = copyByHandText;
    }
    setTimeout(() => { button.textContent = copyText; }, 2500);
  });
  code.after(button);
}
