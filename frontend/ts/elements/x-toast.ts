// One message at a time, lower right or above the tab bar. It stays while pointed at or focused.
// The server sends HX-Trigger {"toast": {"message": "…", "undo": "/address/", "target": "#week", "swap": "outerMorph"}}.

export interface Toast {
  message: string;
  undo?: string;
  target?: string;
  swap?: string;
}

const SHOWN_FOR = 6000;

export function showToast(toast: Toast): void {
  if (toast.message) document.querySelector<ToastRegion>("x-toast")?.show(toast);
}

function hiddenInput(name: string, value: string): HTMLInputElement {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  input.value = value;
  return input;
}

class ToastRegion extends HTMLElement {
  private timer = 0;
  private listeners = new AbortController();

  connectedCallback(): void {
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    document.addEventListener("toast", (event) => this.show((event as CustomEvent<Toast>).detail), { signal });
    this.addEventListener("pointerenter", () => this.hold(), { signal });
    this.addEventListener("focusin", () => this.hold(), { signal });
    this.addEventListener("pointerleave", () => this.start(), { signal });
    this.addEventListener("focusout", () => this.start(), { signal });
    this.addEventListener("click", (event) => this.onClick(event), { signal });
    this.addEventListener("keydown", (event) => event.key === "Escape" && this.clear(), { signal });
    if (this.querySelector(".toast")) this.start();
  }

  disconnectedCallback(): void {
    this.listeners.abort();
    this.hold();
  }

  show(toast: Toast): void {
    const box = this.template();
    if (!box) return;
    const text = box.querySelector(".toast-text");
    if (text) text.textContent = toast.message;
    const form = box.querySelector("form");
    if (form) this.fillUndo(form, toast);
    this.raise();
    this.replaceChildren(...this.keep(), box);
    if (form?.isConnected) window.htmx?.process(form);
    this.start();
  }

  private template(): HTMLElement | null {
    const source = this.querySelector("template");
    return (source?.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined) ?? null;
  }

  private keep(): Element[] {
    return [...this.children].filter((child) => child instanceof HTMLTemplateElement);
  }

  private fillUndo(form: HTMLFormElement, toast: Toast): void {
    if (!toast.undo) {
      form.remove();
      return;
    }
    form.action = toast.undo;
    form.setAttribute("hx-post", toast.undo);
    form.setAttribute("hx-target", toast.target ?? "this");
    form.setAttribute("hx-swap", toast.target ? (toast.swap ?? "outerMorph") : "none");
    form.append(hiddenInput("next", location.pathname + location.search));
  }

  /** A modal dialog covers everything but the top layer, so the region goes there too, above it. */
  private raise(): void {
    if (!this.showPopover) return;
    this.popover = "manual";
    if (this.matches(":popover-open")) this.hidePopover();
    this.showPopover();
  }

  private onClick(event: Event): void {
    if (event.target instanceof Element && event.target.closest(".toast-close")) this.clear();
  }

  private hold(): void {
    window.clearTimeout(this.timer);
  }

  private start(): void {
    this.hold();
    this.timer = window.setTimeout(() => this.leave(), SHOWN_FOR);
  }

  private leave(): void {
    if (this.matches(":hover") || this.contains(document.activeElement)) return;
    this.clear();
  }

  private clear(): void {
    this.hold();
    this.replaceChildren(...this.keep());
    if (this.popover && this.matches(":popover-open")) this.hidePopover();
  }
}

declare global {
  interface Window {
    htmx?: { process(element: Element): void };
  }
}

customElements.define("x-toast", ToastRegion);
