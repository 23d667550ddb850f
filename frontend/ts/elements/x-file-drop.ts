// A file field one may drop a file on. The field itself stays the one that is posted.
class FileDrop extends HTMLElement {
  connectedCallback(): void {
    const area = this.querySelector<HTMLElement>(".file-drop");
    const input = this.querySelector<HTMLInputElement>('input[type="file"]');
    if (!area || !input) return;
    area.addEventListener("dragover", (event) => {
      event.preventDefault();
      area.toggleAttribute("data-over", true);
    });
    area.addEventListener("dragleave", () => area.removeAttribute("data-over"));
    area.addEventListener("drop", (event) => this.take(event, area, input));
    input.addEventListener("change", () => this.name(input));
  }

  private take(event: DragEvent, area: HTMLElement, input: HTMLInputElement): void {
    event.preventDefault();
    area.removeAttribute("data-over");
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private name(input: HTMLInputElement): void {
    const title = this.querySelector(".file-drop-title");
    const names = [...(input.files ?? [])].map((file) => file.name).join(", ");
    if (title && names) title.textContent = names;
  }
}

customElements.define("x-file-drop", FileDrop);
