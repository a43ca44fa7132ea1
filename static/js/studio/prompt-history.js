// Where one is among the prompts used before, the newest first; what one was writing waits in front of them.
export class PromptHistory {
  #index = -1;
  #writing = "";

  // The words one step further back (1) or on (-1); null where there are none.
  travel(prompts, step, current) {
    if (this.#index === -1) this.#writing = current;
    const to = Math.min(prompts.length - 1, Math.max(-1, this.#index + step));
    if (to === this.#index) return null;
    this.#index = to;
    return to === -1 ? this.#writing : prompts[to];
  }

  // Whoever writes has left the history: the next step begins from what is written.
  leave() {
    this.#index = -1;
  }
}
