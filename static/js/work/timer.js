// The countdown of the task on screen. It tells; the server decides.

const WARN_SECONDS = 30;

/** @param {number} seconds @returns {string} 4:53, 1:02:03 */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [first, ...rest] = parts[0] ? parts : parts.slice(1);
  return [first, ...rest.map((part) => String(part).padStart(2, "0"))].join(":");
}

export class Timer {
  /** @param {{node: Element, onWarn: () => void, onOver: () => void}} options */
  constructor({ node, onWarn, onOver }) {
    Object.assign(this, { node, onWarn, onOver });
    this.digits = node.querySelector("b");
    setInterval(() => this.tick(), 250);
  }

  /** @param {number} left seconds */
  start(left) {
    this.deadline = performance.now() + left * 1000;
    this.warned = this.over = false;
    this.node.hidden = false;
    this.tick();
  }

  clear() {
    this.deadline = null;
    this.node.hidden = true;
  }

  tick() {
    if (!this.deadline) return;
    const left = (this.deadline - performance.now()) / 1000;
    const text = clockText(Math.ceil(left));
    if (this.digits.textContent !== text) this.digits.textContent = text;
    this.node.classList.toggle("timer-short", left <= WARN_SECONDS);
    if (left <= WARN_SECONDS && !this.warned) this.warned = true, this.onWarn();
    if (left <= 0 && !this.over) this.over = true, this.onOver();
  }
}
