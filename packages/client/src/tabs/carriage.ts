import { HawserError } from "@hawser/protocol";
import type { Handle } from "../handle.ts";
import type { Journal, JournalRecord, KeptRecord, SharedJournal } from "../journal/journal.ts";
import { hasEnded } from "../state.ts";
import type { UploadState } from "../upload-state.ts";
import { type Command, heardState, type Told } from "./messages.ts";
import { recordState } from "./mirror.ts";

export interface CarriageParts {
  readonly journal: Journal;
  readonly shared: SharedJournal;
  /** Records of other servers are other uploaders' business. */
  readonly endpoint: string;
  handles(): ReadonlyMap<string, Handle>;
  /** Puts an upload of the journal on the list. */
  list(record: JournalRecord): Handle;
  /** Takes one off the list. */
  drop(handle: Handle): void;
  /** An upload that is carried here is to be told to the others. */
  tell(id: string, withRecord: boolean): void;
  /** Sends a command again. */
  ask(command: Command): void;
  /** These are out of the journal, and how they ended was not heard. */
  wonder(ids: readonly string[]): void;
}

/** An upload that another tab carries. */
interface Mirror {
  readonly holder: string;
  /** What its owner asked for here and nobody has answered yet. */
  wish: Command | null;
}

/** Whatever has no holder's name: nobody has it. */
const nobody = "";

/** Who carries what. The journal alone decides; this follows it, and moves uploads between here and elsewhere. */
export class Carriage {
  readonly #parts: CarriageParts;
  readonly #mirrors = new Map<string, Mirror>();
  /** What stands in the journal and is carried here. */
  readonly #carried = new Set<string>();
  /** All that the journal had when the tab came. */
  #seen: readonly KeptRecord[] = [];

  constructor(parts: CarriageParts) {
    this.#parts = parts;
  }

  /**
   * Reads the journal when the tab comes.
   * @param isFree whether this tab may carry what that holder left
   * @returns what is carried here from now on
   */
  async enter(isFree: (holder: string) => boolean): ReturnType<Journal["load"]> {
    const { kept, unreadable } = await this.peek();
    const { shared } = this.#parts;
    const records = await shared.claim(kept.filter(({ holder }) => holder === shared.holder || isFree(holder)));
    for (const { id } of records) this.#carried.add(id);
    this.#seen = kept;
    return { records, unreadable };
  }

  /** Brings the list up to what the journal had then. @returns the holders of what others carry */
  begin(): ReadonlySet<string> {
    const owed = new Set(this.#seen.map(({ id }) => id));
    this.#parts.wonder(this.#endlessOf(this.#mirrors.keys(), owed));
    const others = this.#seen.filter(({ id }) => !this.#carried.has(id));
    for (const kept of others) this.#mirror(kept);
    this.#seen = [];
    return new Set(others.map(({ holder }) => holder));
  }

  async peek(): ReturnType<SharedJournal["peek"]> {
    const { kept, unreadable } = await this.#parts.shared.peek();
    return { kept: kept.filter(({ record }) => record.endpoint === this.#parts.endpoint), unreadable };
  }

  /** @throws HawserError `taken_over`, after the upload is followed instead */
  async put(record: JournalRecord): Promise<void> {
    const { id } = record;
    try {
      await this.#parts.journal.put(record);
    } catch (thrown) {
      const error = HawserError.from(thrown);
      // Its run loop is ended first, or it would take the error for trouble of the upload.
      if (error.code === "taken_over") await this.look().catch(() => this.#lose(id, undefined));
      throw error;
    }
    if (this.#mirrors.has(id)) return;
    this.#carried.add(id);
    this.#parts.tell(id, true);
  }

  async remove(id: string): Promise<void> {
    if (this.#mirrors.has(id)) return;
    const wasCarried = this.#carried.delete(id);
    try {
      await this.#parts.journal.remove(id);
    } catch (error) {
      if (wasCarried) this.#carried.add(id);
      throw error;
    }
  }

  /** Looks who carries what, and does as the journal says. */
  async look(): Promise<void> {
    // What is first written or taken while it looks is not looked for.
    const carried = [...this.#carried];
    const mirrored = [...this.#mirrors.keys()];
    const { kept } = await this.peek();
    const { holder } = this.#parts.shared;
    const found = new Map(kept.map((each) => [each.id, each]));
    for (const id of carried) {
      if (this.#carried.has(id) && found.get(id)?.holder !== holder) this.#lose(id, found.get(id));
    }
    await this.#claim(kept.filter((each) => each.holder === holder && this.#mirrors.has(each.id)));
    for (const each of kept) if (!this.#parts.handles().has(each.id) && each.holder !== holder) this.#mirror(each);
    this.#parts.wonder(this.#endlessOf(mirrored, found));
  }

  /** Lets go of everything that stands in the journal: it stops here, and whoever finds it may carry it. */
  letGo(): void {
    for (const id of [...this.#carried]) {
      const record = this.#parts.handles().get(id)?.record;
      if (record) this.#lose(id, { id, holder: nobody, record });
    }
  }

  /**
   * Carries on what this holder carried.
   * @param lives whether it may wake up: what nobody else can read then stays with it
   */
  async takeFrom(holder: string, lives: boolean): Promise<void> {
    const { kept } = await this.peek();
    await this.#claim(kept.filter((each) => each.holder === holder && (!lives || each.record.origin !== null)));
    if (lives) return;
    const owed = new Set(kept.map(({ id }) => id));
    const theirs = [...this.#mirrors].filter(([, mirror]) => mirror.holder === holder).map(([id]) => id);
    this.#parts.wonder(this.#endlessOf(theirs, owed));
  }

  /**
   * Carries an upload here that lacks its source, so that it can be given one.
   * @throws HawserError `taken_over` when somebody else was faster
   */
  async bring(id: string): Promise<void> {
    const holder = this.#mirrors.get(id)?.holder ?? nobody;
    if (!(await this.#claim([{ id, holder }], true))) throw new HawserError("taken_over");
  }

  /** What is asked for is kept until its carrier has been heard of: whoever carries it after that one hears it too. */
  wish(command: Command): void {
    const mirror = this.#mirrors.get(command.id);
    if (mirror) mirror.wish = command;
  }

  /**
   * Another tab has told what it carries.
   * @returns whether it has to be looked who is right, or what it is
   */
  heard(holder: string, { state: told, record }: Told): boolean {
    const { handles, list, ask } = this.#parts;
    const { id } = told;
    let handle = handles().get(id);
    if (handle?.isHere) return !hasEnded(handle.model);
    if (handle === undefined) {
      if (record === undefined) return true;
      handle = list(record);
    }
    const before = this.#mirrors.get(id);
    const wish = before !== undefined && before.holder !== holder ? before.wish : null;
    this.#mirrors.set(id, { holder, wish });
    const state = heardState(told);
    handle.follow(state, record ?? handle.record);
    if (wish !== null) ask(wish);
    // Whoever has the bytes need not wait for a person.
    if (state.status === "needs-source" && handle.hasSource) this.#claim([{ id, holder }]).catch(() => undefined);
    return false;
  }

  /** It is off the list in another tab. */
  gone(id: string): void {
    const handle = this.#parts.handles().get(id);
    if (handle === undefined) return;
    if (handle.isHere || this.#hasEnded(id)) {
      if (hasEnded(handle.model)) this.forget(handle);
      return;
    }
    this.#parts.wonder([id]);
  }

  /** Another tab asks how these ended. @returns those of which it is known here; it is looked for the others too */
  asked(ids: readonly string[]): readonly string[] {
    this.#parts.wonder(this.#endlessOf(ids, new Set()));
    return ids.filter((id) => this.#hasEnded(id) && !isUnknown(this.#parts.handles().get(id)?.model.cause));
  }

  /** It was found out how an upload ended that nobody carries any more. */
  ended(id: string, state: UploadState): void {
    const record = this.endless(id);
    if (record !== null) this.#parts.handles().get(id)?.follow(state, record);
  }

  forget(handle: Handle): void {
    this.#mirrors.delete(handle.id);
    this.#parts.drop(handle);
  }

  /** These are carried here from now on. */
  carry(records: readonly JournalRecord[], isLacking = false): void {
    const { handles, list, tell } = this.#parts;
    for (const record of [...records].sort((a, b) => a.position - b.position)) {
      const { id } = record;
      const wish = this.#mirrors.get(id)?.wish;
      this.#mirrors.delete(id);
      this.#carried.add(id);
      const known = handles().get(id);
      if (known === undefined) list(record).begin();
      else if (!known.isHere) known.carry(record, isLacking);
      if (wish) obey(handles().get(id) as Handle, wish);
      tell(id, true);
    }
  }

  /** @returns whether all of them are carried here now */
  async #claim(seen: readonly Pick<KeptRecord, "id" | "holder">[], isLacking = false): Promise<boolean> {
    if (seen.length === 0) return true;
    const { shared, handles } = this.#parts;
    // What an earlier life left under way has to be over before another begins.
    await Promise.all(seen.map(({ id }) => handles().get(id)?.rest()));
    const records = await shared.claim(seen);
    this.carry(records, isLacking);
    return records.length === seen.length;
  }

  #lose(id: string, found: KeptRecord | undefined): void {
    this.#carried.delete(id);
    const handle = this.#parts.handles().get(id);
    if (handle === undefined || !handle.isHere || hasEnded(handle.model)) return;
    this.#mirror(found ?? { id, holder: nobody, record: handle.record });
    if (found === undefined) this.#parts.wonder([id]);
  }

  #mirror({ id, holder, record }: KeptRecord): void {
    const { handles, list } = this.#parts;
    this.#mirrors.set(id, { holder, wish: null });
    (handles().get(id) ?? list(record)).follow(recordState(record), record);
  }

  /** The record of an upload that another tab carried and whose end is not known; null for all others. */
  endless(id: string): JournalRecord | null {
    const handle = this.#parts.handles().get(id);
    return handle === undefined || handle.isHere || hasEnded(handle.model) ? null : handle.record;
  }

  /** Those of `ids` that are neither in the journal nor known to have ended. */
  #endlessOf(ids: Iterable<string>, owed: { has(id: string): boolean }): readonly string[] {
    return [...ids].filter((id) => !owed.has(id) && this.endless(id) !== null);
  }

  #hasEnded(id: string): boolean {
    const handle = this.#parts.handles().get(id);
    return handle === undefined || hasEnded(handle.model);
  }
}

/** Whether an upload failed for no other reason than that nobody knew how it had ended. */
function isUnknown(cause: HawserError | null | undefined): boolean {
  return cause?.code === "taken_over";
}

/** Does what another tab asked for. */
export function obey(handle: Handle, command: Command): void {
  if (command.command === "priority") handle.setPriority(command.priority);
  else handle[command.command]();
}
