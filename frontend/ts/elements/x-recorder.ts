// Records in the page and puts the recording into the form's own file field, so it is saved like any upload.
// Counting 3-2-1, a level meter, listening and taking again. It stays hidden where the browser can't record.

export {};

const COUNT_FROM = 3;
const LOUD = 0.98;
const LONGEST_SECONDS = 600;
const TYPES: [string, string][] = [
  ["audio/webm;codecs=opus", "webm"],
  ["audio/mp4", "m4a"],
  ["audio/ogg;codecs=opus", "ogg"],
];

type Action = "record" | "stop" | "listen" | "retake";

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

class Recorder extends HTMLElement {
  private stream: MediaStream | null = null;
  private recorder: MediaRecorder | null = null;
  private context: AudioContext | null = null;
  private playing: AudioBufferSourceNode | null = null;
  private recording: Blob | null = null;
  private frame = 0;
  private started = 0;

  connectedCallback(): void {
    if (!navigator.mediaDevices || !("MediaRecorder" in window) || !this.type()) return;
    this.hidden = false;
    this.say("ready");
    this.addEventListener("click", (event) => this.press(event));
    this.closest("dialog")?.addEventListener("close", () => this.release());
  }

  disconnectedCallback(): void {
    this.release();
  }

  private type(): [string, string] | undefined {
    return TYPES.find(([type]) => MediaRecorder.isTypeSupported(type));
  }

  private field(): HTMLInputElement | null {
    return document.getElementById(this.getAttribute("for") ?? "") as HTMLInputElement | null;
  }

  private button(action: Action): HTMLButtonElement | null {
    return this.querySelector(`[data-do="${action}"]`);
  }

  private say(state: string): void {
    const text = this.querySelector(".recorder-state");
    if (text) text.textContent = this.dataset[state] ?? state;
  }

  private show(...actions: Action[]): void {
    for (const action of ["record", "stop", "listen", "retake"] as const) {
      const button = this.button(action);
      if (button) button.hidden = !actions.includes(action);
    }
    this.button(actions[0] ?? "record")?.focus();
  }

  private press(event: Event): void {
    const pressed = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-do]") : null;
    const action = pressed?.dataset["do"] as Action | undefined;
    if (action === "record" || action === "retake") void this.record();
    if (action === "stop") this.recorder?.stop();
    if (action === "listen") void this.listen();
  }

  private async record(): Promise<void> {
    this.playing?.stop();
    this.say("asking");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false } });
    } catch {
      this.say("denied");
      return;
    }
    this.meter(this.stream);
    this.show();
    await this.count();
    if (this.stream && this.isConnected) this.start(this.stream);
  }

  private async count(): Promise<void> {
    for (let number = COUNT_FROM; number > 0; number -= 1) {
      this.say(`${number} …`);
      await pause(700);
    }
  }

  private start(stream: MediaStream): void {
    const [type, ending] = this.type() ?? TYPES[0]!;
    const parts: Blob[] = [];
    this.recorder = new MediaRecorder(stream, { mimeType: type });
    this.recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    this.recorder.addEventListener("stop", () => this.keep(new Blob(parts, { type }), ending), { once: true });
    this.recorder.start();
    this.started = performance.now();
    this.toggleAttribute("data-live", true);
    this.say("recording");
    this.show("stop");
  }

  private keep(recording: Blob, ending: string): void {
    this.recording = recording;
    this.toggleAttribute("data-live", false);
    this.release();
    const field = this.field();
    if (field) {
      const files = new DataTransfer();
      files.items.add(new File([recording], `inspelning.${ending}`, { type: recording.type }));
      field.files = files.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    this.say("recorded");
    this.show("listen", "retake");
  }

  /** Played by Web Audio: our policy lets no page play from a blob's own address. */
  private async listen(): Promise<void> {
    if (!this.recording) return;
    this.playing?.stop();
    const context = new AudioContext();
    const source = context.createBufferSource();
    source.buffer = await context.decodeAudioData(await this.recording.arrayBuffer());
    source.connect(context.destination);
    source.addEventListener("ended", () => {
      this.say("recorded");
      void context.close();
    });
    this.playing = source;
    this.say("playing");
    source.start();
  }

  private meter(stream: MediaStream): void {
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    this.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const draw = (): void => {
      analyser.getFloatTimeDomainData(samples);
      this.draw(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
      this.frame = requestAnimationFrame(draw);
    };
    draw();
  }

  private draw(level: number): void {
    this.querySelector(".recorder-level")?.setAttribute("width", String(Math.round(Math.min(1, level) * 100)));
    this.querySelector(".recorder-meter")?.toggleAttribute("data-loud", level > LOUD);
    if (this.recorder?.state !== "recording") return;
    const seconds = (performance.now() - this.started) / 1000;
    const text = this.querySelector(".recorder-clock");
    if (text) text.textContent = clock(seconds);
    if (seconds >= LONGEST_SECONDS) this.recorder.stop();
  }

  private release(): void {
    cancelAnimationFrame(this.frame);
    if (this.recorder?.state === "recording") this.recorder.stop();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    void this.context?.close();
    this.stream = null;
    this.context = null;
    this.draw(0);
  }
}

customElements.define("x-recorder", Recorder);
