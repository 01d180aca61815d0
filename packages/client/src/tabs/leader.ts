import type { Platform } from "../platform.ts";
import type { Body } from "./messages.ts";
import type { TabNames } from "./names.ts";
import { RollCall } from "./roll-call.ts";
import { type Demand, sharePart, sharePlaces } from "./share.ts";
import type { TabLink, TabLock } from "./tab-link.ts";

/** What the leading tab needs of itself. */
export interface LeaderParts {
  readonly holder: string;
  readonly link: Pick<TabLink, "hold" | "held">;
  readonly platform: Platform;
  /** Places of all tabs together. */
  readonly capacity: number;
  readonly names: TabNames;
  post(body: Body, to?: string): void;
  /** What this tab has to send itself. */
  demand(): Demand;
  /** Bytes a second for all tabs; null: no limit. */
  limit(): number | null;
  /** What this tab may do. */
  deal(places: number, part: number): void;
  /** Holders of the journal's records, whether they live or not. */
  carriers(): Promise<ReadonlySet<string>>;
  /**
   * Carries on what this one carried.
   * @param lives whether it may still wake up: what nobody else can read then stays with it
   */
  takeFrom(holder: string, lives: boolean): Promise<void>;
}

interface Member {
  /** Null until it has answered. */
  demand: Demand | null;
  /** Of the last share that it has heard of. */
  turn: number;
  /** What it was told and has not answered yet. */
  told: { readonly turn: number; readonly places: number } | null;
  /** Of the limit, as it was last told. */
  part: number;
  isSilent: boolean;
}

const noDemand: Demand = { waiting: { high: 0, normal: 0, low: 0 }, travelling: 0, since: null, places: 0 };

/** The tab that deals out the places, and carries on what tabs leave behind that died or stand still. */
export class Leader {
  readonly #parts: LeaderParts;
  readonly #lock: TabLock;
  readonly #stop = new AbortController();
  readonly #members = new Map<string, Member>();
  readonly #rollCall: RollCall;
  readonly #watched = new Set<string>();
  /** Whether it knows who is there. */
  #isStarted = false;
  /** Holders whose records are to be carried on, and whether they may wake up; until that was done. */
  readonly #orphaned = new Map<string, boolean>();
  #taking: Promise<void> = Promise.resolve();

  constructor(parts: LeaderParts, lock: TabLock) {
    this.#parts = parts;
    this.#lock = lock;
    this.#rollCall = new RollCall(parts.platform.monotonic());
  }

  /** Looks who is there, and who is not there any more. What fails is done in the next round. */
  async start(): Promise<void> {
    const { link, holder, names, carriers } = this.#parts;
    try {
      for (const name of await link.held()) {
        const other = names.holderOf(name);
        if (other !== null && other !== holder && !this.#members.has(other)) this.#admit(other);
      }
      this.#isStarted = true;
      this.#tellTabs();
      this.deal();
      // A lock that nobody holds is had at once: that is how the dead are found.
      for (const other of await carriers()) this.#watch(other);
    } catch {
      this.#isStarted = false;
    }
  }

  get isAlone(): boolean {
    return this.#members.size === 0;
  }

  stop(): void {
    this.#stop.abort();
    this.#lock.release();
  }

  /** Something came from this tab. */
  heard(from: string): void {
    const member = this.#members.get(from);
    this.#rollCall.heard(from);
    if (member === undefined) {
      this.#admit(from);
      this.#tellTabs();
      return;
    }
    if (!member.isSilent) return;
    this.#orphaned.delete(from);
    Object.assign(member, { isSilent: false, demand: null });
    this.#tellTabs(from);
  }

  demanded(from: string, demand: Demand, turn: number): void {
    const member = this.#members.get(from);
    if (member === undefined) return;
    member.demand = demand;
    member.turn = turn;
    if (member.told !== null && turn >= member.told.turn) member.told = null;
    this.deal();
  }

  /** One round of the roll call; whoever has been silent for too long stands still. */
  round(): void {
    const { platform, post } = this.#parts;
    if (!this.#isStarted) void this.start();
    for (const name of this.#rollCall.call(platform.monotonic())) {
      const member = this.#members.get(name);
      if (member === undefined) continue;
      Object.assign(member, { isSilent: true, demand: noDemand, told: null });
      this.#orphan(name, true);
    }
    for (const [name, member] of this.#members) {
      // It stands still, or it is another version of the app, which shares nothing: nobody waits for it any longer.
      member.demand ??= noDemand;
      if (member.told !== null)
        post({ type: "share", ...member.told, limit: this.#parts.limit(), part: member.part }, name);
    }
    post({ type: "ask" });
    this.deal();
    this.#takeOrphans();
  }

  /** Deals all places out anew. */
  deal(): void {
    const { capacity, demand, deal, limit, post } = this.#parts;
    const members = [...this.#members];
    // What nobody knows yet may be taken.
    if (!this.#isStarted || members.some(([, member]) => member.demand === null)) return;
    const demands = [demand(), ...members.map(([, member]) => inForce(member))];
    const shares = sharePlaces(capacity, demands);
    const part = sharePart(demands);
    members.forEach(([name, member], index) => {
      const places = shares[index + 1] as number;
      if (member.isSilent || member.told !== null) return;
      if (places === member.demand?.places && part === member.part) return;
      member.told = { turn: member.turn + 1, places };
      member.part = part;
      post({ type: "share", ...member.told, limit: limit(), part }, name);
    });
    deal(shares[0] as number, part);
  }

  #admit(holder: string): void {
    this.#members.set(holder, { demand: null, turn: 0, told: null, part: 1, isSilent: false });
    this.#rollCall.heard(holder);
    this.#watch(holder);
  }

  /** Whoever lives holds a lock; it is had here when the tab has ended, however it ended. */
  #watch(holder: string): void {
    const { link, names } = this.#parts;
    if (holder === this.#parts.holder || this.#watched.has(holder)) return;
    this.#watched.add(holder);
    const ended = (lock: TabLock) => {
      lock.release();
      this.#watched.delete(holder);
      this.#rollCall.forget(holder);
      if (this.#members.delete(holder)) this.#tellTabs();
      this.#orphan(holder, false);
      this.#takeOrphans();
      this.deal();
    };
    link.hold(names.tab(holder), this.#stop.signal).then(ended, () => undefined);
  }

  #tellTabs(to?: string): void {
    this.#parts.post({ type: "tabs", holders: [this.#parts.holder, ...this.#members.keys()] }, to);
  }

  #orphan(holder: string, lives: boolean): void {
    this.#orphaned.set(holder, lives);
  }

  /** One after the other. What cannot be done now, because the journal fails, is tried again in the next round. */
  #takeOrphans(): void {
    for (const [holder, lives] of this.#orphaned) {
      this.#taking = this.#taking.then(async () => {
        if (this.#stop.signal.aborted || this.#orphaned.get(holder) !== lives) return;
        await this.#parts.takeFrom(holder, lives).then(
          () => void (this.#orphaned.get(holder) === lives && this.#orphaned.delete(holder)),
          () => undefined,
        );
      });
    }
  }
}

/** A member's demand, with the places that it may have taken by now. */
function inForce({ demand, told }: Member): Demand {
  const known = demand ?? noDemand;
  return told === null ? known : { ...known, places: Math.max(known.places, told.places) };
}
