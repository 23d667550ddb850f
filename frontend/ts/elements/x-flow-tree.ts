// Arrow keys walk the drawn tree: right to what follows, left to where it came from, up and down between cards.
// Enter opens a card (it is a link); Escape closes the inspector and goes back to the card it was opened from.

class FlowTree extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("keydown", this.onKey);
  }

  disconnectedCallback(): void {
    this.removeEventListener("keydown", this.onKey);
  }

  private onKey = (event: KeyboardEvent): void => {
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>(".flow-link") : null;
    const target = link && this.next(link, event.key);
    if (!target) return;
    event.preventDefault();
    target.focus();
    target.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  private next(link: HTMLElement, key: string): HTMLElement | null {
    if (key === "ArrowRight") return this.follows(link);
    if (key === "ArrowLeft") return this.parent(link);
    if (key === "ArrowDown" || key === "ArrowUp") return this.beside(link, key === "ArrowDown" ? 1 : -1);
    return null;
  }

  private follows(link: HTMLElement): HTMLElement | null {
    const item = link.closest(".flow-item");
    const fold = item?.querySelector<HTMLDetailsElement>(":scope > .flow-fold");
    if (fold) fold.open = true;
    return item?.querySelector<HTMLElement>(":scope > ol .flow-link, :scope > .flow-fold > ol .flow-link") ?? null;
  }

  private parent(link: HTMLElement): HTMLElement | null {
    const above = link.closest(".flow-item")?.parentElement?.closest(".flow-item");
    return above?.querySelector<HTMLElement>(":scope > .flow-step .flow-link") ?? null;
  }

  private beside(link: HTMLElement, step: number): HTMLElement | null {
    const links = [...this.querySelectorAll<HTMLElement>(".flow-link")].filter((other) => other.checkVisibility());
    return links[links.indexOf(link) + step] ?? null;
  }
}

customElements.define("x-flow-tree", FlowTree);
