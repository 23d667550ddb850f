// A date as typed yyyy-mm-dd with a month to pick from. The browser's own date field follows the browser's language,
// not the page's, so this one draws itself, in the language of the page, weeks from Monday, with week numbers.
import { addDays, addMonths, readDate, today, weekNumber, weekday, writeDate } from "../lib/dates";

const KEYS: Record<string, (date: Date) => Date> = {
  ArrowLeft: (date) => addDays(date, -1),
  ArrowRight: (date) => addDays(date, 1),
  ArrowUp: (date) => addDays(date, -7),
  ArrowDown: (date) => addDays(date, 7),
  Home: (date) => addDays(date, -weekday(date)),
  End: (date) => addDays(date, 6 - weekday(date)),
  PageUp: (date) => addMonths(date, -1),
  PageDown: (date) => addMonths(date, 1),
};

function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

class CalendarField extends HTMLElement {
  private input: HTMLInputElement | null = null;
  private panel: HTMLElement | null = null;
  private shown = today();

  connectedCallback(): void {
    this.input = this.querySelector("input");
    this.querySelector("[data-calendar]")?.addEventListener("click", this.open);
    this.input?.addEventListener("change", this.tidy, true);
  }

  disconnectedCallback(): void {
    this.panel?.remove();
    this.panel = null;
  }

  private tidy = (): void => {
    const date = readDate(this.input?.value ?? "");
    if (date && this.input) this.input.value = writeDate(date);
  };

  private open = (): void => {
    this.shown = readDate(this.input?.value ?? "") ?? today();
    this.panel ??= this.makePanel();
    this.draw();
    this.panel.showPopover();
    this.place();
    this.focusShown();
  };

  private makePanel(): HTMLElement {
    const panel = make("div", "calendar");
    panel.popover = "auto";
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", this.dataset["title"] ?? "");
    panel.addEventListener("keydown", this.onKey);
    panel.addEventListener("click", this.onClick);
    this.append(panel);
    return panel;
  }

  /** Under the field, or above it where there is no room below. */
  private place(): void {
    if (!this.panel) return;
    const field = this.getBoundingClientRect();
    const panel = this.panel.getBoundingClientRect();
    const below = field.bottom + 6 + panel.height <= innerHeight;
    this.panel.style.top = `${below ? field.bottom + 6 : Math.max(8, field.top - 6 - panel.height)}px`;
    this.panel.style.left = `${Math.max(8, Math.min(field.left, innerWidth - panel.width - 8))}px`;
  }

  private draw(): void {
    const head = make("div", "calendar-head");
    const language = document.documentElement.lang;
    const month = new Intl.DateTimeFormat(language, { month: "long", year: "numeric", timeZone: "UTC" });
    const title = make("p", "calendar-title", month.format(this.shown));
    title.setAttribute("aria-live", "polite");
    head.append(this.stepper("previous", "‹"), title, this.stepper("next", "›"));
    this.panel?.replaceChildren(head, this.grid(language));
  }

  private stepper(name: "previous" | "next", sign: string): HTMLButtonElement {
    const button = make("button", "icon-btn", sign);
    button.type = "button";
    button.dataset["step"] = name === "next" ? "1" : "-1";
    button.setAttribute("aria-label", this.dataset[name] ?? "");
    return button;
  }

  private grid(language: string): HTMLTableElement {
    const table = make("table", "calendar-grid");
    const head = table.createTHead().insertRow();
    const first = addDays(this.shown, 1 - this.shown.getUTCDate());
    const monday = addDays(first, -weekday(first));
    head.append(this.heading(this.dataset["week"] ?? ""));
    const short = new Intl.DateTimeFormat(language, { weekday: "narrow", timeZone: "UTC" });
    const long = new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" });
    for (let day = 0; day < 7; day++) {
      const cell = this.heading(short.format(addDays(monday, day)));
      cell.setAttribute("aria-label", long.format(addDays(monday, day)));
      head.append(cell);
    }
    const body = table.createTBody();
    for (let start = monday; start <= first || start.getUTCMonth() === first.getUTCMonth(); start = addDays(start, 7))
      this.addWeek(body.insertRow(), start, language);
    return table;
  }

  private heading(text: string): HTMLTableCellElement {
    const cell = make("th", "", text);
    cell.scope = "col";
    return cell;
  }

  private addWeek(row: HTMLTableRowElement, start: Date, language: string): void {
    const week = make("th", "", String(weekNumber(start)));
    week.scope = "row";
    row.append(week);
    for (let day = 0; day < 7; day++) {
      const date = addDays(start, day);
      const cell = row.insertCell();
      if (date.getUTCMonth() === this.shown.getUTCMonth()) cell.append(this.day(date, language));
    }
  }

  private day(date: Date, language: string): HTMLButtonElement {
    const button = make("button", "calendar-day", String(date.getUTCDate()));
    const value = writeDate(date);
    button.type = "button";
    button.dataset["date"] = value;
    button.tabIndex = value === writeDate(this.shown) ? 0 : -1;
    button.setAttribute("aria-pressed", String(value === this.input?.value));
    button.setAttribute("aria-label", new Intl.DateTimeFormat(language, { dateStyle: "full", timeZone: "UTC" }).format(date));
    if (value === writeDate(today())) button.setAttribute("aria-current", "date");
    if (weekday(date) > 4) button.toggleAttribute("data-weekend", true);
    return button;
  }

  private focusShown(): void {
    this.panel?.querySelector<HTMLElement>(`[data-date="${writeDate(this.shown)}"]`)?.focus();
  }

  private onKey = (event: KeyboardEvent): void => {
    const move = KEYS[event.key];
    if (!move || !(event.target instanceof HTMLElement) || !event.target.dataset["date"]) return;
    event.preventDefault();
    this.shown = move(this.shown);
    this.draw();
    this.focusShown();
  };

  private onClick = (event: Event): void => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("button") : null;
    const step = button?.dataset["step"];
    if (step) {
      this.shown = addMonths(this.shown, Number(step));
      this.draw();
      this.panel?.querySelector<HTMLElement>(`[data-step="${step}"]`)?.focus();
    } else if (button?.dataset["date"]) this.choose(button.dataset["date"]);
  };

  private choose(value: string): void {
    if (!this.input) return;
    this.input.value = value;
    this.panel?.hidePopover();
    this.input.focus();
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

customElements.define("x-calendar", CalendarField);
