// A box that searches among more than a list can show: a combobox with a list, as the WAI-ARIA practices have it. The
// select beside it holds what is chosen, is what the form sends, and tells of a change as any select does. The server
// draws both, and answers each search with the list as it is to be shown.
import { showToast } from "./x-toast";

const WAIT = 150;
const EDGE = 8;
const LEAST = 260;

class Picker extends HTMLElement {
  private asked: AbortController | null = null;
  private timer = 0;
  /** Whether the text is a search; else it is the name of what is chosen. */
  private typed = false;
  /** Whether what is shown is not yet the answer to the text. */
  private late = false;
  /** Whether Enter was pressed before the answer came. */
  private eager = false;

  connectedCallback(): void {
    for (const name of ["input", "change"]) this.addEventListener(name, this.onText);
    this.addEventListener("keydown", this.onKey);
    this.addEventListener("click", this.onClick);
    this.addEventListener("focusin", this.onFocus);
    this.addEventListener("focusout", this.onLeave);
    this.popup.addEventListener("mousedown", this.keepFocus);
    document.addEventListener("htmx:after:swap", this.onSwap);
    this.settle();
  }

  disconnectedCallback(): void {
    document.removeEventListener("htmx:after:swap", this.onSwap);
    this.close();
  }

  private get box(): HTMLInputElement {
    return this.querySelector<HTMLInputElement>("[role=combobox]")!;
  }

  private get select(): HTMLSelectElement {
    return this.querySelector("select")!;
  }

  private get popup(): HTMLElement {
    return this.querySelector<HTMLElement>("[popover]")!;
  }

  private get options(): HTMLElement[] {
    return [...this.popup.querySelectorAll<HTMLElement>("[role=option]")];
  }

  private get active(): HTMLElement | undefined {
    return this.options.find((option) => option.ariaSelected === "true");
  }

  private get open(): boolean {
    return this.popup.matches(":popover-open");
  }

  /** Say what is chosen, and nothing else. */
  private settle(): void {
    this.close();
    this.name();
  }

  private name(): void {
    const chosen = this.select.selectedOptions[0];
    const label = this.select.labels[0];
    this.typed = this.late = this.eager = false;
    this.box.value = chosen?.value ? chosen.text : "";
    if (label) label.htmlFor = this.box.id;
  }

  /** A swap may have given the select another choice and taken away the list; or it was of something else. */
  private onSwap = (): void => {
    const given = [...this.select.options].find((option) => option.defaultSelected);
    const here = document.activeElement === this.box;
    if (given) this.select.value = given.value;
    if (!here || (this.open && !this.popup.hasChildNodes())) this.settle();
    else if (this.typed || this.open) this.label();
    else this.name();
  };

  private onText = (event: Event): void => {
    if (event.target !== this.box) return;
    event.stopPropagation();
    if (event.type === "change") return;
    this.typed = this.late = true;
    this.eager = false;
    this.mark(undefined);
    this.asked?.abort(); // an answer to what stood here before must not be taken for this one's
    clearTimeout(this.timer);
    this.timer = setTimeout(this.ask, WAIT);
  };

  private onFocus = (event: Event): void => {
    if (event.target === this.box) this.box.select();
  };

  private onLeave = (): void => {
    const text = this.box.value.trim().toLocaleLowerCase();
    const same = this.options.find((option) => nameOf(option).toLocaleLowerCase() === text);
    if (this.typed && !text && this.empty) this.choose("", this.empty.text);
    else if (this.typed && same && !this.late) this.choose(same.dataset["value"] ?? "", labelOf(same));
    else this.settle();
  };

  private keepFocus = (event: Event): void => event.preventDefault();

  private onClick = (event: Event): void => {
    const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
    if (option) this.choose(option.dataset["value"] ?? "", labelOf(option));
    else if (event.target === this.box && !this.typed) this.look();
  };

  /** Begin a search: what is typed takes the place of the name. */
  private look(): void {
    this.box.select();
    if (!this.open) void this.ask();
  }

  private onKey = (event: KeyboardEvent): void => {
    if (event.target !== this.box || event.isComposing) return;
    const taken = { ArrowDown: this.step, ArrowUp: this.step, Enter: this.take, Escape: this.leave }[event.key];
    if (!taken?.(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  private step = (event: KeyboardEvent): boolean => {
    const [options, by] = [this.options, event.key === "ArrowDown" ? 1 : -1];
    if (!this.open) void this.ask();
    else if (options.length) {
      const from = this.active ? options.indexOf(this.active) : by > 0 ? -1 : 0;
      this.mark(options[(from + by + options.length) % options.length]);
    }
    return true;
  };

  private take = (): boolean => {
    const option = this.active;
    if (this.typed && this.late) return (this.eager = true);
    if (this.open && option) this.choose(option.dataset["value"] ?? "", labelOf(option));
    return this.open || Boolean(option);
  };

  private leave = (): boolean => {
    const something = this.open || this.typed;
    this.settle();
    this.box.select();
    return something;
  };

  private ask = async (): Promise<void> => {
    clearTimeout(this.timer);
    this.asked?.abort();
    const { signal } = (this.asked = new AbortController());
    const address = new URL(this.dataset["lookup"] ?? "", location.href);
    address.searchParams.set("q", this.search);
    try {
      const answer = await fetch(address, { signal });
      const text = await answer.text();
      if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
      if (!signal.aborted) this.show(text);
    } catch {
      if (!signal.aborted) showToast({ message: document.body.dataset[navigator.onLine ? "failed" : "offline"] ?? "" });
    }
  };

  private show(list: string): void {
    this.popup.innerHTML = list; // our own server's, escaped there
    this.late = false;
    if (!this.search && this.empty && this.select.value) this.popup.querySelector("[role=listbox]")?.prepend(this.none(this.empty));
    this.options.forEach((option, index) => {
      option.id = `${this.box.id}-${index}`;
      option.toggleAttribute("data-chosen", option.dataset["value"] === this.select.value);
    });
    this.unfold();
    this.label();
    this.mark(this.search ? this.options[0] : this.options.find((option) => option.hasAttribute("data-chosen")));
    if (this.eager) this.take();
  }

  /** What is searched for; nothing while the text is a name. */
  private get search(): string {
    return this.typed ? this.box.value.trim() : "";
  }

  private get empty(): HTMLOptionElement | undefined {
    return [...this.select.options].find((option) => !option.value);
  }

  /** The way back to nothing chosen, first in the list. */
  private none(empty: HTMLOptionElement): HTMLElement {
    const [option, name] = [document.createElement("div"), document.createElement("span")];
    option.className = "picker-option picker-none";
    option.setAttribute("role", "option");
    option.dataset["value"] = "";
    name.className = "picker-name";
    name.textContent = empty.text;
    option.append(name);
    return option;
  }

  private label(): void {
    const list = this.popup.querySelector<HTMLElement>("[role=listbox]");
    const told = this.popup.querySelector<HTMLElement>("[data-told]")?.dataset["told"] ?? "";
    const status = this.querySelector("[role=status]");
    if (status) status.textContent = told;
    this.box.ariaExpanded = String(Boolean(list));
    if (!list) return this.box.removeAttribute("aria-controls");
    list.id = `${this.box.id}-list`;
    list.ariaLabel = this.box.labels?.[0]?.textContent?.trim() ?? "";
    this.box.setAttribute("aria-controls", list.id);
  }

  private mark(option: HTMLElement | undefined): void {
    for (const other of this.options) other.ariaSelected = String(other === option);
    if (!option) return this.box.removeAttribute("aria-activedescendant");
    this.box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  private unfold(): void {
    if (!this.open) this.popup.showPopover();
    addEventListener("scroll", this.place, { capture: true, passive: true });
    for (const view of [window, visualViewport]) view?.addEventListener("resize", this.place);
    this.place();
  }

  private close(): void {
    clearTimeout(this.timer);
    this.asked?.abort();
    if (this.open) this.popup.hidePopover();
    this.box.ariaExpanded = "false";
    this.mark(undefined);
    this.box.removeAttribute("aria-controls");
    this.popup.replaceChildren();
    removeEventListener("scroll", this.place, { capture: true });
    for (const view of [window, visualViewport]) view?.removeEventListener("resize", this.place);
  }

  /** Under the box, or above it where there is more room; as wide as the box, if that is wide enough to read. */
  private place = (): void => {
    const [box, style] = [this.box.getBoundingClientRect(), this.popup.style];
    const height = visualViewport?.height ?? innerHeight;
    const [above, below] = [box.top - EDGE, height - box.bottom - EDGE];
    const under = below >= 240 || below >= above;
    const width = Math.min(Math.max(box.width, LEAST), innerWidth - 2 * EDGE);
    style.inlineSize = `${width}px`;
    style.maxBlockSize = `${Math.max(120, Math.min(380, (under ? below : above) - 4))}px`;
    style.left = `${Math.max(EDGE, Math.min(box.left, innerWidth - width - EDGE))}px`;
    style.top = under ? `${box.bottom + 4}px` : "auto";
    style.bottom = under ? "auto" : `${innerHeight - box.top + 4}px`;
  };

  private choose(value: string, name: string): void {
    const changed = value !== this.select.value;
    const empty = this.empty;
    if (empty) empty.defaultSelected = !value;
    this.select.replaceChildren(...(empty ? [empty] : []), ...(value ? [new Option(name, value, true, true)] : []));
    this.select.value = value;
    this.settle();
    if (document.activeElement === this.box) this.box.select();
    if (!changed) return;
    for (const told of ["input", "change"]) this.select.dispatchEvent(new Event(told, { bubbles: true }));
  }
}

function nameOf(option: HTMLElement): string {
  return option.querySelector(".picker-name")?.textContent ?? "";
}

/** What is said of it once chosen, when no heading tells its kind. */
function labelOf(option: HTMLElement): string {
  return option.dataset["label"] ?? nameOf(option);
}

customElements.define("x-picker", Picker);
