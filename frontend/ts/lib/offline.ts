/** Start the worker that shows the offline page; a browser without workers simply shows its own. */
export function registerWorker(): void {
  const address = document.body.dataset["worker"];
  if (!address || !("serviceWorker" in navigator) || !window.isSecureContext) return;
  addEventListener("load", () => {
    navigator.serviceWorker.register(address).catch(() => undefined);
  });
}
