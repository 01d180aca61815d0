import { abortable } from "../abortable.ts";
import type { Handle } from "../handle.ts";
import type { HandleContext } from "../handle-context.ts";
import { insist } from "../insist.ts";
import type { Journal, JournalRecord, SharedJournal } from "../journal/journal.ts";
import { hasEnded, type UploadEvent } from "../state.ts";
import type { UploadHandle } from "../uploader-api.ts";
import { browserLink } from "./browser-link.ts";
import { Carriage, obey } from "./carriage.ts";
import { Leadership, type LeadershipParts } from "./leadership.ts";
import { type Body, type Command, type Message, parseMessage, toPost } from "./messages.ts";
import { TabNames } from "./names.ts";
import { Outbox } from "./outbox.ts";
import { Pulse } from "./pulse.ts";
import type { PageEvent, TabChannel, TabLink, TabLock } from "./tab-link.ts";
import { UnknownEnds } from "./unknown-ends.ts";

/** What the tabs need of the uploader in this one. */
export interface TabsHost {
  readonly context: HandleContext;
  handles(): ReadonlyMap<string, Handle>;
  /** Puts an upload of the journal on the list. */
  list(record: JournalRecord): Handle;
  /** Takes one off the list. */
  drop(handle: Handle): void;
  /** Bytes a second for all tabs together. */
  maxBytesPerSecond(): number | null;
  /** @param part what this tab may use of it, from 0 to 1; absent: as before */
  limit(bytesPerSecond: number | null, part?: number): void;
}

/** One stay among the others, from coming to leaving. */
interface Stay {
  readonly ends: AbortController;
  readonly lock: TabLock;
  readonly channel: TabChannel;
  readonly leadership: Leadership;
  /** Until the uploads of the journal are on the list: the leader's lock, if it was free, and what was heard. */
  early: { readonly lead: TabLock | null; readonly heard: unknown[] } | null;
}

/**
 * Joins the other tabs that have this journal open.
 * @returns null where the browser cannot tell who lives: pages that came over plain HTTP have no locks
 */
export function joinTabs(host: TabsHost, journal: Journal, link = browserLink()): Tabs | null {
  const { shared } = journal;
  return shared === undefined || link === null ? null : new Tabs(host, journal, shared, link);
}

/**
 * One of several tabs that share a journal. Towards the uploader it is that journal, without what the others carry.
 * The journal alone decides who carries an upload; locks tell who lives, and messages save asking the journal.
 */
export class Tabs implements Journal {
  readonly #host: TabsHost;
  readonly #journal: Journal;
  readonly #holder: string;
  readonly #link: TabLink;
  readonly #names: TabNames;
  readonly #carriage: Carriage;
  readonly #outbox: Outbox;
  readonly #unknownEnds: UnknownEnds;
  readonly #pulse: Pulse;
  readonly #stopListening: () => void;
  #stay: Stay | null = null;
  #looking: Promise<void> | null = null;

  constructor(host: TabsHost, journal: Journal, shared: SharedJournal, link: TabLink) {
    const { api, platform, closing, options } = host.context;
    const { endpoint } = options;
    this.#host = host;
    this.#journal = journal;
    this.#holder = shared.holder;
    this.#link = link;
    this.#names = new TabNames(shared.name, endpoint);
    this.#pulse = new Pulse(platform.monotonic(), platform.now());
    const outbox = new Outbox({
      post: (body) => this.#post(body),
      ready: async () => {
        this.#beat();
        await this.#looking;
      },
      look: (id) => {
        const handle = host.handles().get(id);
        return handle?.isHere || (handle && hasEnded(handle.model)) ? handle : null;
      },
      sleep: (delayMs) => platform.sleep(delayMs, closing),
    });
    this.#outbox = outbox;
    this.#carriage = new Carriage({
      journal,
      shared,
      endpoint,
      handles: host.handles,
      list: host.list,
      drop: host.drop,
      tell: (id, withRecord) => outbox.changed(id, withRecord),
      ask: (command) => outbox.ask(command),
      wonder: (ids) => this.#wonder(ids),
    });
    // Nothing else waits for the answer: it is asked for as long as this tab stays.
    const patient = { ...host.context, options: { ...options, maxAttempts: Number.POSITIVE_INFINITY } };
    this.#unknownEnds = new UnknownEnds({
      ask: (ids) => this.#post({ type: "ended", ids }),
      owed: async () => new Set((await this.#carriage.peek()).kept.map(({ id }) => id)),
      look: (uploadId, signal) => insist(() => api.upload(uploadId, signal), patient, signal),
      sleep: (delayMs, signal) => platform.sleep(delayMs, signal),
      record: (id) => this.#carriage.endless(id),
      found: (id, state) => this.#carriage.ended(id, state),
    });
    this.#stopListening = link.onPage((event) => this.#onPage(event));
  }

  load(): ReturnType<Journal["load"]> {
    return this.#enter();
  }

  put(record: JournalRecord): Promise<void> {
    return this.#carriage.put(record);
  }

  remove(id: string): Promise<void> {
    return this.#carriage.remove(id);
  }

  /** Everything has stopped: what is left may be carried on elsewhere at once. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#outbox.flush();
    this.#leave();
    await this.#journal.close();
  }

  /** The uploads of the journal that are carried here are on the list. */
  begin(): void {
    const stay = this.#stay;
    if (stay === null || stay.early === null) return;
    const { lead, heard } = stay.early;
    stay.early = null;
    const carriers = this.#carriage.begin();
    this.#post({ type: "hello" });
    stay.leadership.begin(lead, carriers);
    for (const data of heard) this.#hear(data);
  }

  /** The same order in every tab. */
  inOrder(handles: ReadonlyMap<string, Handle>): readonly UploadHandle[] {
    return [...handles.values()].sort(
      ({ record: a }, { record: b }) =>
        a.createdAt - b.createdAt || a.position - b.position || (a.id < b.id ? -1 : Number(a.id > b.id)),
    );
  }

  changed(handle: Handle): void {
    if (handle.isHere) this.#outbox.changed(handle.id);
    this.#stay?.leadership.callSoon();
  }

  /** The queue has moved. */
  pumped(): void {
    this.#stay?.leadership.pumped();
  }

  limit(bytesPerSecond: number | null): void {
    this.#post({ type: "limit", bytesPerSecond });
    this.pumped();
  }

  forgotten(id: string): void {
    this.#post({ type: "gone", ids: [id] });
  }

  /** Passes on what the owner of an upload asks for; nothing else concerns the tab that carries it. */
  pass(id: string, event: UploadEvent): void {
    if (event.type === "held" && event.reason === "user") this.ask({ id, command: "pause" });
    if (event.type === "released" && event.anew) this.ask({ id, command: "resume" });
    if (event.type === "cancelled") this.ask({ id, command: "cancel" });
  }

  ask(command: Command): void {
    this.#carriage.wish(command);
    this.#outbox.ask(command);
  }

  /**
   * Carries an upload here that lacks its source, so that it can be given one.
   * @throws HawserError `taken_over` when somebody else was faster
   */
  bring({ id }: Handle): Promise<void> {
    return this.#carriage.bring(id);
  }

  /**
   * Holds a request back while it is not sure that this tab still carries what it carried.
   * @throws the signal's reason
   */
  async ensureAwake(signal: AbortSignal): Promise<void> {
    this.#beat();
    if (this.#looking !== null) await abortable(this.#looking, signal);
  }

  /** Something runs here. After a long silence others may have taken what was carried here: that is looked at first. */
  #beat(): void {
    const { platform } = this.#host.context;
    if (!this.#pulse.beat(platform.monotonic(), platform.now()) || this.#looking !== null) return;
    this.#stay?.leadership.woken();
    this.#look().then(
      () => {
        this.#pulse.trust();
        this.pumped();
      },
      () => undefined,
    );
  }

  #wonder(ids: readonly string[]): void {
    if (this.#stay !== null) this.#unknownEnds.find(ids, this.#stay.ends.signal).catch(() => undefined);
  }

  #look(): Promise<void> {
    this.#looking ??= this.#carriage.look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** @returns what is carried here from now on */
  async #enter(): ReturnType<Journal["load"]> {
    const link = this.#link;
    const names = this.#names;
    const ends = new AbortController();
    // Without this lock a holder counts as dead: it is there before anything is written.
    const lock = await link.hold(names.tab(this.#holder), ends.signal);
    const lead = await link.holdIfFree(names.leader);
    const living = new Set((await link.held()).map((name) => names.holderOf(name)));
    const others = new Set([...living].filter((holder) => holder !== null && holder !== this.#holder)) as Set<string>;
    const leadership = new Leadership(this.#leadershipParts(), others, ends.signal);
    const channel = link.open(names.scope, (data) => this.#hear(data));
    this.#stay = { ends, lock, channel, leadership, early: { lead, heard: [] } };
    try {
      return await this.#carriage.enter((holder) => lead !== null && !living.has(holder));
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  #leave(): void {
    const stay = this.#stay;
    this.#stay = null;
    stay?.ends.abort();
    stay?.early?.lead?.release();
    stay?.leadership.end();
    stay?.lock.release();
    stay?.channel.close();
  }

  #leadershipParts(): LeadershipParts {
    const { handles, limit, maxBytesPerSecond, context } = this.#host;
    const { queue, pump, platform } = context;
    return {
      holder: this.#holder,
      link: this.#link,
      names: this.#names,
      platform,
      capacity: this.#capacity,
      post: (body, to) => this.#post(body, to),
      demand: () => {
        const { waiting, takenPlaces, first } = queue;
        const isWaiting = Object.values(waiting).some((count) => count > 0);
        return { waiting, travelling: takenPlaces, since: (isWaiting && first?.record.createdAt) || null };
      },
      setPlaces: (places) => {
        queue.setCapacity(places);
        pump();
      },
      limit: maxBytesPerSecond,
      setLimit: limit,
      isBusy: () => [...handles().values()].some(({ model }) => !hasEnded(model)),
      carriers: async () => new Set((await this.#carriage.peek()).kept.map(({ holder }) => holder)),
      takeFrom: (holder, lives) => this.#carriage.takeFrom(holder, lives),
      beat: () => this.#beat(),
    };
  }

  #onPage(event: PageEvent): void {
    if (event === "woken") this.#beat();
    if (event === "away" && this.#stay !== null) {
      this.#outbox.flush();
      this.#host.context.queue.setCapacity(0);
      this.#carriage.letGo();
      this.#leave();
    }
    if (event === "back" && this.#stay === null) void this.#comeBack();
  }

  /** What cannot be read now stays with whoever has it by now. */
  async #comeBack(): Promise<void> {
    const entered = await this.#enter().catch(() => null);
    if (entered === null) return;
    this.#carriage.carry(entered.records);
    this.begin();
  }

  #post(body: Body, to: string | null = null): void {
    if (this.#stay === null) return;
    const { channel, leadership } = this.#stay;
    channel.post(toPost({ from: this.#holder, to, leads: leadership.leads, body }));
  }

  #hear(data: unknown): void {
    if (this.#stay === null) return;
    const { early, leadership } = this.#stay;
    if (early !== null) {
      early.heard.push(data);
      return;
    }
    const message = parseMessage(data);
    if (message === null || message.from === this.#holder) return;
    const { to, body } = message;
    this.#beat();
    leadership.heard(message);
    if (body === null || (to !== null && to !== this.#holder)) return;
    leadership.obey(body, message);
    this.#obey(body, message);
  }

  #obey(body: Body, { from }: Message): void {
    const handles = this.#host.handles();
    switch (body.type) {
      case "hello":
        for (const { id, isHere, model } of handles.values()) {
          if (isHere && !hasEnded(model)) this.#outbox.changed(id);
        }
        return;
      case "states": {
        const doubts = body.uploads.filter((told) => this.#carriage.heard(from, told));
        if (doubts.length > 0) this.#look().catch(() => undefined);
        return;
      }
      case "commands":
        for (const command of body.commands) {
          const handle = handles.get(command.id);
          if (!handle?.isHere) continue;
          obey(handle, command);
          // Whoever asked wants to know that it was heard, also when nothing had to change.
          this.#outbox.changed(command.id);
        }
        return;
      case "ended":
        for (const id of this.#carriage.asked(body.ids)) this.#outbox.changed(id);
        return;
      case "gone":
        for (const id of body.ids) this.#carriage.gone(id);
        return;
      case "limit":
        this.#host.limit(body.bytesPerSecond);
        this.pumped();
    }
  }

  get #capacity(): number {
    const { strategy, maxActive } = this.#host.context.options;
    return strategy === "in-order" ? 1 : maxActive;
  }
}
