// A list whose order matters. Drag by the handle, or press the up and down buttons; both end in one `change` event
// on the element, which the form's htmx listens for. The order itself travels as the items' own hidden inputs.
import Sortable from "sortablejs";

class SortableList extends HTMLElement {
  private sortable: Sortable | null = null;

  connectedCallback(): void {
    const list = this.list();
    if (!list) return;
    this.sortable = Sortable.create(list, {
      handle: ".sortable-handle",
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      onEnd: (event) => event.oldIndex !== event.newIndex && event.item && this.tell(event.item),
    });
    this.addEventListener("click", this.onClick);
    this.mark();
  }

  disconnectedCallback(): void {
    this.sortable?.destroy();
    this.removeEventListener("click", this.onClick);
  }

  private list(): HTMLElement | null {
    return this.querySelector("ol, ul, tbody");
  }

  private onClick = (event: Event): void => {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("[data-move]") : null;
    const list = this.list();
    const item = [...(list?.children ?? [])].find((child) => child.contains(button)) as HTMLElement | undefined;
    if (!button || !item) return;
    if (button.dataset["move"] === "up") item.previousElementSibling?.before(item);
    else item.nextElementSibling?.after(item);
    this.tell(item);
    if (button.disabled) item.querySelector<HTMLButtonElement>("[data-move]:enabled")?.focus();
    else button.focus();
  };

  private tell(item: HTMLElement): void {
    this.mark();
    const items = [...(this.list()?.children ?? [])];
    const words = this.dataset["moved"] ?? "";
    const status = this.querySelector("[role=status]");
    const place = String(items.indexOf(item) + 1);
    if (status) status.textContent = words.replace("{place}", place).replace("{count}", String(items.length));
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** The first can't go up, nor the last down. */
  private mark(): void {
    const items = [...(this.list()?.children ?? [])];
    items.forEach((item, index) => {
      const up = item.querySelector<HTMLButtonElement>('[data-move="up"]');
      const down = item.querySelector<HTMLButtonElement>('[data-move="down"]');
      if (up) up.disabled = index === 0;
      if (down) down.disabled = index === items.length - 1;
    });
  }
}

customElements.define("x-sortable", SortableList);
