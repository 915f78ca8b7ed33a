/* What was done, to be undone: snapshots of the title and the design, a hundred back. Steps of one
   kind close together (a slider, typing, an arrow key held down) are one step. */

const MERGE_MS = 900;

export class History {
  constructor(first, most = 100) {
    this.most = most;
    this.steps = [first];
    this.at = 0;
    this.last = { key: "", at: 0 };
  }
  get now() { return this.steps[this.at]; }
  get canUndo() { return this.at > 0; }
  get canRedo() { return this.at < this.steps.length - 1; }

  /* `key` names the kind of step; an empty one is never merged. `atMs` is the caller's clock. */
  push(state, key, atMs) {
    const merges = key && key === this.last.key && atMs - this.last.at < MERGE_MS && this.at === this.steps.length - 1 && this.at > 0;
    this.last = { key, at: atMs };
    if (merges) { this.steps[this.at] = state; return; }
    this.steps.splice(this.at + 1, this.steps.length, state);
    if (this.steps.length > this.most + 1) this.steps.shift();
    this.at = this.steps.length - 1;
  }
  undo() { this.last.key = ""; if (this.canUndo) this.at -= 1; return this.now; }
  redo() { this.last.key = ""; if (this.canRedo) this.at += 1; return this.now; }
}
