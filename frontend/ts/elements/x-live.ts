// The page's one event stream (`src`). Each event is a topic of `topics`, and is raised under its name, so that whatever
// shows something of it asks for itself anew: hx-trigger="live from:body". The server begins with every topic, so what
// happened before the stream was open is never missed. Each new minute raises `minute`, for what ends by the clock.
// A hidden tab has no stream: a browser allows six connections to a host. Where none can be had, the topics are raised
// every ten seconds, and the element carries data-late: what is inside it is shown, and says so.

const SILENT_AFTER = 45_000; // the server says ping every twenty seconds
const LATE_AFTER = 5_000;
const ASK_EVERY = 10_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

class LiveStream extends HTMLElement {
  private source: EventSource | null = null;
  private wait = FIRST_WAIT;
  private reopening = 0;
  private silence = 0;
  private lateness = 0;
  private asking = 0;
  private minute = 0;

  connectedCallback(): void {
    document.addEventListener("visibilitychange", this.look);
    addEventListener("pagehide", this.rest);
    addEventListener("pageshow", this.look);
    this.look();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.look);
    removeEventListener("pagehide", this.rest);
    removeEventListener("pageshow", this.look);
    this.rest();
  }

  private look = (): void => {
    if (document.hidden) this.rest();
    else if (!this.source && !this.reopening) this.begin();
  };

  private begin(): void {
    this.wait = FIRST_WAIT;
    this.lateness = window.setTimeout(this.late, LATE_AFTER);
    this.nextMinute();
    this.open();
  }

  private rest = (): void => {
    this.close();
    for (const timer of [this.reopening, this.lateness, this.minute]) window.clearTimeout(timer);
    window.clearInterval(this.asking);
    this.reopening = this.lateness = this.asking = this.minute = 0;
  };

  private open = (): void => {
    this.reopening = 0;
    this.source = new EventSource(this.getAttribute("src") ?? "");
    this.source.addEventListener("error", this.failed);
    this.source.addEventListener("ping", this.heard);
    for (const topic of this.topics())
      this.source.addEventListener(topic, () => {
        this.heard();
        this.raise(topic);
      });
  };

  private close(): void {
    this.source?.close();
    this.source = null;
    window.clearTimeout(this.silence);
  }

  private heard = (): void => {
    this.wait = FIRST_WAIT;
    window.clearTimeout(this.lateness);
    window.clearInterval(this.asking);
    this.lateness = this.asking = 0;
    this.removeAttribute("data-late");
    window.clearTimeout(this.silence);
    this.silence = window.setTimeout(this.failed, SILENT_AFTER);
  };

  /** It ended, was refused or fell silent: try again, ever more slowly, and never together with everybody else. */
  private failed = (): void => {
    this.close();
    this.lateness ||= window.setTimeout(this.late, LATE_AFTER);
    this.reopening = window.setTimeout(this.open, this.wait * (0.5 + Math.random()));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  };

  private late = (): void => {
    if (this.asking) return;
    this.toggleAttribute("data-late", true);
    this.raiseAll();
    this.asking = window.setInterval(this.raiseAll, ASK_EVERY);
  };

  private nextMinute = (): void => {
    const left = 60_000 - (Date.now() % 60_000);
    this.minute = window.setTimeout(() => {
      this.raise("minute");
      this.nextMinute();
    }, left + Math.random() * 2_000);
  };

  private topics(): string[] {
    return (this.getAttribute("topics") ?? "").split(/\s+/).filter(Boolean);
  }

  private raiseAll = (): void => this.topics().forEach((topic) => this.raise(topic));

  private raise(topic: string): void {
    this.dispatchEvent(new CustomEvent(topic, { bubbles: true }));
  }
}

customElements.define("x-live", LiveStream);
