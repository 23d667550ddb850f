// The week of Öppettider saves by itself: a switch at once, times when the day is left with something changed.
// On a phone a day is one line that opens on a tap; which days are open lives here, since the server redraws the week.
class HoursWeek extends HTMLElement {
  private opened = new Set<string>();
  private dirty = false;
  private listeners = new AbortController();

  connectedCallback(): void {
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    this.addEventListener("change", (event) => this.changed(event), { signal });
    this.addEventListener("focusout", (event) => this.left(event), { signal });
    this.addEventListener("click", (event) => this.fold(event), { signal });
    this.addEventListener("submit", () => (this.dirty = false), { signal });
    document.addEventListener("htmx:after:swap", () => this.redraw(), { signal });
    this.redraw();
  }

  disconnectedCallback(): void {
    this.listeners.abort();
  }

  private changed(event: Event): void {
    if (!(event.target instanceof HTMLInputElement)) return;
    if (event.target.type === "checkbox") this.save();
    else this.dirty = true;
  }

  /** From one time to the other of a day is still the same thought; a press on one of the day's buttons saves anyway. */
  private left(event: FocusEvent): void {
    const day = event.target instanceof Element ? event.target.closest("[data-day]") : null;
    const next = event.relatedTarget instanceof Node ? event.relatedTarget : null;
    if (this.dirty && day && !(next && day.contains(next))) this.save();
  }

  private save(): void {
    this.dirty = false;
    this.querySelector("form")?.requestSubmit();
  }

  private fold(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest(".hours-day-fold") : null;
    const day = button?.closest<HTMLElement>("[data-day]")?.dataset["day"];
    if (day === undefined) return;
    if (!this.opened.delete(day)) this.opened.add(day);
    this.redraw();
  }

  private redraw(): void {
    for (const day of this.querySelectorAll<HTMLElement>("[data-day]")) {
      const open = this.opened.has(day.dataset["day"] ?? "") || day.hasAttribute("data-wrong");
      day.toggleAttribute("data-open", open);
      day.querySelector(".hours-day-fold")?.setAttribute("aria-expanded", String(open));
    }
    const empty = [...this.querySelectorAll<HTMLInputElement>(".hours-day .input-time")].find((input) => !input.value);
    empty?.focus();
  }
}

customElements.define("x-hours-week", HoursWeek);
