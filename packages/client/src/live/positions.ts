import type { LiveEvent, LiveMessage, Subject } from "@hawser/protocol";

/** Up to which number each subject has been told, so that nothing is missed and nothing is told twice. */
export class Positions {
  readonly #told = new Map<Subject, number>();
  /** Subjects of this line whose list is complete, so that nothing older comes any more. */
  readonly #inStep = new Set<Subject>();
  /** What this line was asked to go on from. */
  #asked: ReadonlyMap<Subject, number> = new Map();

  /** A new line begins. */
  begin(): void {
    this.#inStep.clear();
    this.#asked = new Map(this.#told);
  }

  /** The last number that is known; undefined for a subject that nothing was heard of. */
  after(subject: Subject): number | undefined {
    return this.#told.get(subject);
  }

  /** The message without what was told before; null when nothing is left to tell. */
  accept(message: LiveMessage): LiveMessage | null {
    switch (message.type) {
      case "alive":
        for (const subject of this.#inStep) this.#advance(subject, message.seq);
        return null;
      case "events": {
        const { subject, seq } = message;
        const told = this.#told.get(subject) ?? -1;
        this.#advance(subject, seq);
        const events = message.events.filter((event) => seqOf(event) > told);
        return events.length === 0 ? null : { ...message, events };
      }
      case "uploads":
        if (message.isLast) this.#complete(message.subject, message.seq);
        return message;
      case "refused":
        return message;
    }
  }

  /** What was asked for tells no events: those after the number that was told last are still to come. */
  polled(message: LiveMessage): void {
    if (message.type !== "uploads" || message.subject.startsWith("upload:")) return;
    if (!this.#told.has(message.subject)) this.#told.set(message.subject, message.seq);
  }

  #complete(subject: Subject, seq: number): void {
    const isOther = !this.#inStep.has(subject) && seq < (this.#asked.get(subject) ?? 0);
    // A list that is older than what was asked for comes from another ledger, which counts anew.
    if (isOther) this.#told.set(subject, seq);
    else this.#advance(subject, seq);
    this.#inStep.add(subject);
  }

  #advance(subject: Subject, seq: number): void {
    this.#told.set(subject, Math.max(seq, this.#told.get(subject) ?? 0));
  }
}

/** What has no number is always new. */
function seqOf(event: LiveEvent): number {
  return "seq" in event ? event.seq : Number.POSITIVE_INFINITY;
}
