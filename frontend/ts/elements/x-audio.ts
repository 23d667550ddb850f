// Plays one recording. The wave is drawn by the server as SVG; here it only shows how far the sound has come.

function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

class AudioPlayer extends HTMLElement {
  private sound: HTMLAudioElement | null = null;
  private button: HTMLButtonElement | null = null;

  connectedCallback(): void {
    this.sound = this.querySelector("audio");
    this.button = this.querySelector(".audio-play");
    if (!this.sound || !this.button) return;
    this.button.addEventListener("click", this.toggle);
    this.button.addEventListener("keydown", this.seekByKey);
    this.querySelector(".audio-wave")?.addEventListener("click", this.seekByPointer);
    for (const name of ["play", "pause", "ended", "timeupdate"]) this.sound.addEventListener(name, this.draw);
  }

  disconnectedCallback(): void {
    this.sound?.pause();
  }

  private toggle = (): void => {
    if (!this.sound) return;
    if (!this.sound.paused) {
      this.sound.pause();
      return;
    }
    for (const other of document.querySelectorAll<HTMLAudioElement>("x-audio audio")) other.pause();
    this.sound.play().catch(() => this.removeAttribute("data-playing"));
  };

  private seekByKey = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
    if (step === undefined || !this.sound) return;
    event.preventDefault();
    this.sound.currentTime = Math.max(0, this.sound.currentTime + step);
  };

  private seekByPointer = (event: Event): void => {
    const wave = event.currentTarget as Element;
    const box = wave.getBoundingClientRect();
    const part = ((event as MouseEvent).clientX - box.left) / box.width;
    if (this.sound && Number.isFinite(this.sound.duration)) this.sound.currentTime = part * this.sound.duration;
  };

  private draw = (): void => {
    if (!this.sound || !this.button) return;
    const playing = !this.sound.paused && !this.sound.ended;
    this.toggleAttribute("data-playing", playing);
    this.button.setAttribute("aria-label", this.button.dataset[playing ? "pause" : "play"] ?? "");
    const part = this.sound.duration ? this.sound.currentTime / this.sound.duration : 0;
    const bars = [...this.querySelectorAll(".audio-wave rect")];
    bars.forEach((bar, index) => bar.toggleAttribute("data-played", part > 0 && index <= part * bars.length));
    const time = this.querySelector(".audio-time");
    if (time) time.textContent = clock(playing ? this.sound.currentTime : Number(this.dataset["seconds"]) || this.sound.duration || 0);
  };
}

customElements.define("x-audio", AudioPlayer);
