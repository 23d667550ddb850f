// Buttons that open and close dialogs say so in the markup: data-opens="<id>" and data-closes.
// A link with data-opens keeps its address for a browser without scripts.

export {};

function openerOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>("[data-opens]") : null;
}

function openFrom(event: MouseEvent): void {
  const button = openerOf(event.target);
  const dialog = button && document.getElementById(button.dataset["opens"] ?? "");
  if (!(dialog instanceof HTMLDialogElement) || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (!dialog.open) dialog.showModal();
}

function closeFrom(event: MouseEvent): void {
  if (!(event.target instanceof Element) || !event.target.closest("[data-closes]")) return;
  event.target.closest("dialog")?.close();
}

/** A press outside the box of an open dialog closes it; a drag that only ends there does not. */
function closeFromBackdrop(event: PointerEvent): void {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || !dialog.open) return;
  const box = dialog.getBoundingClientRect();
  const inside =
    event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) dialog.close();
}

document.addEventListener("click", openFrom);
document.addEventListener("click", closeFrom);
document.addEventListener("pointerdown", closeFromBackdrop);
// The server closes what it has finished with: HX-Trigger {"dialog:close": {}}.
document.addEventListener("dialog:close", () => {
  for (const dialog of document.querySelectorAll<HTMLDialogElement>("dialog[open]")) dialog.close();
});
