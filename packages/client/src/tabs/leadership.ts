import type { Platform } from "../platform.ts";
import { Leader } from "./leader.ts";
import type { Body, Message } from "./messages.ts";
import type { TabNames } from "./names.ts";
import { RollCall, rollCallMs } from "./roll-call.ts";
import type { Demand } from "./share.ts";
import type { TabLink, TabLock } from "./tab-link.ts";

export interface LeadershipParts {
  readonly holder: string;
  readonly link: Pick<TabLink, "hold" | "held">;
  readonly names: TabNames;
  readonly platform: Platform;
  /** Places of all tabs together. */
  readonly capacity: number;
  post(body: Body, to?: string): void;
  /** What this tab has to send. */
  demand(): Omit<Demand, "places">;
  /** Uploads that may travel here. */
  setPlaces(places: number): void;
  /** Bytes a second of all tabs together; null: no limit. */
  limit(): number | null;
  /** @param part what this tab may use of it, from 0 to 1 */
  setLimit(bytesPerSecond: number | null, part: number): void;
  /** Whether anything has not ended yet, in any tab. */
  isBusy(): boolean;
  /** Holders of the journal's records, as it stands. */
  carriers(): Promise<ReadonlySet<string>>;
  /** Carries on what that holder carried; `lives`: it may still wake up. */
  takeFrom(holder: string, lives: boolean): Promise<void>;
  /** Something runs here, after whatever silence. */
  beat(): void;
}

/** What the roll call of those that follow has for a name. */
const theLeader = "leader";

/** This tab's part in leading and following, for one stay among the others. */
export class Leadership {
  readonly #parts: LeadershipParts;
  /** Ends the stay. */
  readonly #signal: AbortSignal;
  /** Tabs that may want to hear something. */
  #others: ReadonlySet<string>;
  #leader: Leader | null = null;
  #rollCall: RollCall;
  #isCalling = false;
  #places: number;
  /** Number of the last share that was heard of. */
  #turn = 0;
  #toldDemand = "";

  /** @param others those that live when it comes */
  constructor(parts: LeadershipParts, others: ReadonlySet<string>, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
    this.#others = others;
    // Alone it waits for nobody.
    const places = others.size === 0 ? parts.capacity : 0;
    this.#places = places;
    this.#rollCall = new RollCall(parts.platform.monotonic());
    parts.setPlaces(places);
  }

  get leads(): boolean {
    return this.#leader !== null;
  }

  /**
   * @param lock the leader's, when nobody had it
   * @param carriers holders of what others carry
   */
  begin(lock: TabLock | null, carriers: ReadonlySet<string>): void {
    if (lock === null) this.#waitToLead();
    else this.#lead(lock, carriers);
    this.pumped();
  }

  end(): void {
    this.#leader?.stop();
    this.#leader = null;
  }

  /** The queue has moved, or the limit. */
  pumped(): void {
    if (this.#leader === null) this.#tellDemand();
    else this.#leader.deal();
  }

  /** It stood still: what it was dealt may be dealt to others by now. */
  woken(): void {
    if (this.#leader === null) this.#setPlaces(0);
  }

  /** Whatever it was that came: its sender lives. */
  heard({ from, leads }: Message): void {
    if (!this.#others.has(from)) this.#others = new Set([...this.#others, from]);
    this.#leader?.heard(from);
    if (leads) this.#rollCall.heard(theLeader);
    this.callSoon();
  }

  obey(body: Body, { from, leads }: Message): void {
    switch (body.type) {
      case "ask":
        // Those that follow ask for the leader alone.
        if (leads || this.leads) this.#parts.post({ type: "here" }, from);
        return;
      case "tabs":
        this.#others = new Set(body.holders.filter((holder) => holder !== this.#parts.holder));
        this.#tellDemand(true);
        return;
      case "demand":
        this.#leader?.demanded(from, body.demand, body.turn);
        return;
      case "share":
        this.#take(body);
    }
  }

  /** Asks who lives, again and again, as long as there are others and something is under way. */
  callSoon(): void {
    const isAlone = this.#others.size === 0 && (this.#leader?.isAlone ?? true);
    if (this.#isCalling || isAlone || !this.#parts.isBusy()) return;
    this.#isCalling = true;
    const call = () => {
      this.#isCalling = false;
      this.#parts.beat();
      this.#call();
      this.callSoon();
    };
    this.#parts.platform.sleep(rollCallMs, this.#signal).then(call, () => undefined);
  }

  #call(): void {
    if (this.#leader !== null) {
      this.#leader.round();
      return;
    }
    const silent = this.#rollCall.call(this.#parts.platform.monotonic());
    this.#parts.post({ type: "ask" });
    if (silent.length > 0) this.#waitToLead(true);
  }

  #waitToLead(steal = false): void {
    const { link, names, platform } = this.#parts;
    this.#rollCall = new RollCall(platform.monotonic());
    this.#rollCall.heard(theLeader);
    link.hold(names.leader, this.#signal, steal).then(
      (lock) => this.#lead(lock),
      () => undefined,
    );
  }

  #lead(lock: TabLock, carriers?: ReadonlySet<string>): void {
    const { setLimit, limit } = this.#parts;
    if (this.#signal.aborted) {
      lock.release();
      return;
    }
    // It was stolen while it waited for it, and waited on.
    this.#leader?.stop();
    const leader = new Leader(
      {
        ...this.#parts,
        demand: () => this.#demand,
        deal: (places, part) => {
          this.#setPlaces(places);
          setLimit(limit(), part);
        },
        carriers: async () => carriers ?? this.#parts.carriers(),
      },
      lock,
    );
    this.#leader = leader;
    void leader.start().then(() => this.callSoon());
    void lock.lost.then(() => this.#depose(leader));
  }

  #depose(leader: Leader): void {
    if (this.#leader !== leader) return;
    leader.stop();
    this.#leader = null;
    this.#setPlaces(0);
    this.#waitToLead();
    this.#tellDemand(true);
  }

  #take({ turn, places, limit, part }: Extract<Body, { type: "share" }>): void {
    if (this.leads) return;
    if (turn > this.#turn) {
      this.#turn = turn;
      this.#setPlaces(places);
    }
    this.#parts.setLimit(limit, part);
    this.#tellDemand(true);
  }

  #setPlaces(places: number): void {
    if (places === this.#places) return;
    this.#places = places;
    this.#parts.setPlaces(places);
  }

  get #demand(): Demand {
    return { ...this.#parts.demand(), places: this.#places };
  }

  /** @param isAsked also when it has not changed */
  #tellDemand(isAsked = false): void {
    if (this.leads || this.#others.size === 0) return;
    const demand = this.#demand;
    const told = JSON.stringify([demand, this.#turn]);
    if (told === this.#toldDemand && !isAsked) return;
    this.#toldDemand = told;
    this.#parts.post({ type: "demand", demand, turn: this.#turn });
  }
}
