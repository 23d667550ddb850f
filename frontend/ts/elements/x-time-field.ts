// A 24-hour time as text: 8, 830, 8.30 and 08:30 become 08:30 when the field is left. What can't be read stays as typed;
// the server says what is wrong with it.

/** Return "HH:MM" (24:00 included), or null where the text is no time of day. */
export function readTime(text: string): string | null {
  const match = /^\s*(\d{1,2})(?:[:., ]?(\d{2}))?\s*$/.exec(text);
  if (!match) return null;
  const [hour, minute] = [Number(match[1]), Number(match[2] ?? "0")];
  if (minute > 59 || hour > 24 || (hour === 24 && minute > 0)) return null;
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

class TimeField extends HTMLElement {
  connectedCallback(): void {
    // In the capture phase, so that whoever listens for the change reads the tidy value.
    this.addEventListener("change", this.tidy, true);
  }

  disconnectedCallback(): void {
    this.removeEventListener("change", this.tidy, true);
  }

  private tidy = (event: Event): void => {
    const input = event.target;
    if (input instanceof HTMLInputElement) input.value = readTime(input.value) ?? input.value;
  };
}

customElements.define("x-time-field", TimeField);
