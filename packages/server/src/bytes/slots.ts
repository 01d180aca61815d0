import type { SlotFacts } from "../ports/facts.ts";

/** Commits that one upload remembers for the requests in flight; older ones are asked of the ledger. */
const rememberedCommits = 4_096;

/** The right to write one slot. Lives in memory and dies with the process. */
export interface Claim {
  release(): void;
}

interface Holder {
  /** Of a streaming holder a whole verified chunk takes the slot; for the other one waits. */
  kind: "whole" | "streaming";
  /** Taken over: nothing may be written any more. */
  revoked: boolean;
  /** The write that a streaming holder has under way; a taker waits for it, not for the request. */
  outstanding: Promise<unknown>;
}

interface Slot {
  holder: Holder | null;
  readonly waiters: (() => void)[];
}

/** A claim of a chunk whose digest is not known yet: its pieces are written as they come. */
export interface StreamingClaim extends Claim {
  /** Runs one write under the claim; does nothing and returns false once it is revoked. */
  write(work: () => Promise<void>): Promise<boolean>;
  /** From now on nobody takes the slot over: what was written is about to be committed. False when somebody has. */
  keep(): boolean;
}

/**
 * One writer a slot, for the slots of one upload. A whole verified chunk waits for another whole one until its
 * commit; it takes the slot from one that is still streaming. Remembers what was committed lately, so that whoever
 * waited learns it without asking the ledger.
 */
export class Slots {
  readonly #slots = new Map<number, Slot>();
  readonly #recent = new Map<number, SlotFacts & { readonly seq: number }>();
  #seq = 0;
  /** Commits up to this one may have been forgotten. */
  #forgotten = 0;

  /** A point in time: {@link recentSince} then tells what was committed after it. */
  mark(): number {
    return this.#seq;
  }

  /** What was committed of a chunk after `mark`: the facts, `none`, or `unknown` when the memory does not reach back. */
  recentSince(mark: number, chunk: number): SlotFacts | "none" | "unknown" {
    const facts = this.#recent.get(chunk);
    if (facts !== undefined && facts.seq > mark) return facts;
    return mark < this.#forgotten ? "unknown" : "none";
  }

  /** Remembers what the ledger has now recorded of a chunk. */
  remember(chunk: number, facts: SlotFacts): void {
    this.#recent.delete(chunk);
    this.#recent.set(chunk, { ...facts, seq: ++this.#seq });
    if (this.#recent.size <= rememberedCommits) return;
    const [oldest] = this.#recent;
    if (oldest === undefined) return;
    this.#recent.delete(oldest[0]);
    this.#forgotten = oldest[1].seq;
  }

  /** The slot for a chunk that is whole and verified in memory. */
  async claimWhole(chunk: number): Promise<Claim> {
    let slot = this.#slot(chunk);
    while (slot.holder?.kind === "whole") {
      const { waiters } = slot;
      await new Promise<void>((resolve) => waiters.push(resolve));
      // It may have been let go of and made anew meanwhile.
      slot = this.#slot(chunk);
    }
    const overtaken = slot.holder;
    // Taken before the outstanding write is waited for, so that nobody comes between.
    const claim = this.#hold(chunk, slot, { kind: "whole", revoked: false, outstanding: Promise.resolve() });
    if (overtaken !== null) {
      overtaken.revoked = true;
      await overtaken.outstanding;
    }
    return claim;
  }

  /** The slot if nobody has it, for a prefix. */
  tryClaim(chunk: number): Claim | undefined {
    const slot = this.#slot(chunk);
    if (slot.holder !== null) return undefined;
    return this.#hold(chunk, slot, { kind: "whole", revoked: false, outstanding: Promise.resolve() });
  }

  /** The slot if nobody has it, for a chunk that is written before its digest is known. */
  tryClaimStreaming(chunk: number): StreamingClaim | undefined {
    const slot = this.#slot(chunk);
    if (slot.holder !== null) return undefined;
    const holder: Holder = { kind: "streaming", revoked: false, outstanding: Promise.resolve() };
    const claim = this.#hold(chunk, slot, holder);
    return {
      release: claim.release,
      write: async (work) => {
        if (holder.revoked) return false;
        const write = work();
        holder.outstanding = write.catch(() => undefined);
        await write;
        return true;
      },
      keep: () => {
        if (holder.revoked) return false;
        holder.kind = "whole";
        return true;
      },
    };
  }

  #slot(chunk: number): Slot {
    let slot = this.#slots.get(chunk);
    if (slot === undefined) {
      slot = { holder: null, waiters: [] };
      this.#slots.set(chunk, slot);
    }
    return slot;
  }

  #hold(chunk: number, slot: Slot, holder: Holder): Claim {
    slot.holder = holder;
    return {
      release: () => {
        if (slot.holder !== holder) return;
        slot.holder = null;
        const next = slot.waiters.shift();
        if (next !== undefined) next();
        else this.#slots.delete(chunk);
      },
    };
  }
}
