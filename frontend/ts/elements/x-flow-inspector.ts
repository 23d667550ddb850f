// The panel of the open step. When another step is opened its heading gets the focus; Escape closes it. On a phone it
// is a sheet over the tree, which then can't be reached behind it.
const PHONE = "(max-width: 899px)";

class FlowInspector extends HTMLElement {
  static observedAttributes = ["data-step"];
  private phone = matchMedia(PHONE);

  connectedCallback(): void {
    document.addEventListener("keydown", this.onKey);
    this.phone.addEventListener("change", this.cover);
    this.cover();
    this.enter();
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.onKey);
    this.phone.removeEventListener("change", this.cover);
    this.stage()?.removeAttribute("inert");
    document.querySelector<HTMLElement>(`.flow-link[href$="step=${encodeURIComponent(this.step)}"]`)?.focus();
  }

  attributeChangedCallback(_name: string, before: string | null): void {
    if (before !== null && this.isConnected) this.enter();
  }

  private step = "";

  private enter(): void {
    this.step = this.dataset["step"] ?? "";
    this.cover();
    this.querySelector("h2")?.focus({ preventScroll: true });
  }

  private stage(): Element | null {
    return document.querySelector(".flow-stage");
  }

  private cover = (): void => {
    this.stage()?.toggleAttribute("inert", this.phone.matches);
  };

  private onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      this.querySelector<HTMLElement>("[data-close]")?.click();
    }
  };
}

customElements.define("x-flow-inspector", FlowInspector);
