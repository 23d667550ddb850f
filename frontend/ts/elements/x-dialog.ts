// Round a <dialog> that came by htmx: `opened` shows it at once, and it leaves the page when it is closed.
class DialogHolder extends HTMLElement {
  connectedCallback(): void {
    const dialog = this.querySelector("dialog");
    if (!dialog || !this.hasAttribute("opened")) return;
    dialog.addEventListener("close", () => this.remove(), { once: true });
    if (!dialog.open) dialog.showModal();
    dialog.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }
}

customElements.define("x-dialog", DialogHolder);
