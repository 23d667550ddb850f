// Listens to an event stream (`src`) and passes each named event on as `live:<name>`, with its parsed data, so that a
// part of the page fetches itself anew: hx-trigger="live:receipt from:closest x-live". `events` lists the names.
// While nothing has been heard for STALE_AFTER the element carries data-stale, and the page can say how old it is.

const STALE_AFTER = 45_000;
const RETRY_AFTER = 5_000;

class LiveStream extends HTMLElement {
  private source: EventSource | null = null;
  private stale = 0;
  private retry = 0;

  connectedCallback(): void {
    this.open();
    addEventListener("pagehide", this.close);
    addEventListener("pageshow", this.open);
  }

  disconnectedCallback(): void {
    removeEventListener("pagehide", this.close);
    removeEventListener("pageshow", this.open);
    this.close();
  }

  private open = (): void => {
    const address = this.getAttribute("src");
    if (!address || this.source) return;
    this.source = new EventSource(address);
    this.source.addEventListener("open", () => this.heard());
    this.source.addEventListener("error", () => this.failed());
    for (const name of ["ping", ...(this.getAttribute("events") ?? "").split(/\s+/).filter(Boolean)])
      this.source.addEventListener(name, (event) => this.pass(name, event.data as string));
  };

  private close = (): void => {
    this.source?.close();
    this.source = null;
    window.clearTimeout(this.stale);
    window.clearTimeout(this.retry);
  };

  private pass(name: string, text: string): void {
    this.heard();
    let detail: unknown = text;
    try {
      detail = JSON.parse(text);
    } catch {
      // A plain word is passed on as it came.
    }
    this.dispatchEvent(new CustomEvent(`live:${name}`, { bubbles: true, detail }));
  }

  private heard(): void {
    this.removeAttribute("data-stale");
    window.clearTimeout(this.stale);
    this.stale = window.setTimeout(() => this.toggleAttribute("data-stale", true), STALE_AFTER);
  }

  /** The browser reconnects by itself, except after an answer that was no stream. */
  private failed(): void {
    this.toggleAttribute("data-stale", true);
    if (this.source?.readyState !== EventSource.CLOSED) return;
    this.close();
    this.retry = window.setTimeout(this.open, RETRY_AFTER);
  }
}

customElements.define("x-live", LiveStream);
