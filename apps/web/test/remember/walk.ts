import { utimes, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { bytesOf } from "../e2e/stage.ts";
import { expectExact, expectFewTwice } from "./in-test.ts";
import { chunk, type Stage, type Tab, until } from "./stage.ts";

const acts = [
  ...["add", "add", "add", "pause", "resume", "resume", "tick", "tick", "tick"],
  ...["reload", "kill", "kill", "offline", "online", "restart", "edit", "down", "up"],
  ...["open tab", "open tab", "close tab"],
] as const;
const mostFiles = 4;
const mostTabs = 3;

/** What the walk knows of a file. */
interface Known {
  readonly name: string;
  /** What the file held, oldest first: any of them may arrive, never a mixture. */
  readonly versions: Buffer[];
  path: string;
  /** Kills, reloads and the like that may have hit it: each may cost what was in flight. */
  breaks: number;
}

/** A person, a browser, a line and a server, and what all of them may do in whatever order. */
export class Walk {
  readonly #stage: Stage;
  readonly #random: () => number;
  readonly #known: Known[] = [];
  readonly #steps: string[] = [];
  #tabs: readonly Tab[] = [];
  #isOffline = false;

  constructor(stage: Stage, random: () => number) {
    this.#stage = stage;
    this.#random = random;
  }

  /** What was done so far, for the message of a failure. */
  get steps(): readonly string[] {
    return this.#steps;
  }

  async take(): Promise<void> {
    const act = this.#pick(acts) ?? "tick";
    this.#steps.push(act);
    await this.#do(act);
  }

  /** All trouble ends, and a person gives what is asked for. Then every file has to be there, or say why not. */
  async finish(): Promise<void> {
    const stage = this.#stage;
    stage.way.set("open");
    stage.way.limit(null);
    await this.#network(true);
    const tab = await this.#tab();
    for (const known of this.#known) {
      await until(`${known.name} ends (${this.#steps.join(", ")})`, async () => this.#hasEnded(tab, known), 60_000);
    }
    for (const known of this.#known) await this.#check(tab, known);
  }

  async #do(act: (typeof acts)[number]): Promise<void> {
    const stage = this.#stage;
    switch (act) {
      case "add":
        return this.#add();
      case "pause":
      case "resume":
        return void (await (await this.#tab()).does(this.#pick(this.#known)?.name ?? "", act));
      case "tick":
        return this.#tick();
      case "reload":
        this.#break();
        await this.#network(true);
        return void (await (await this.#tab()).page.reload());
      case "kill":
        this.#break();
        this.#tabs = [];
        this.#isOffline = false;
        return stage.kill();
      case "offline":
      case "online":
        this.#break();
        await this.#tab();
        return this.#network(act === "online");
      case "open tab":
        return this.#open();
      case "close tab":
        return this.#close();
      case "restart":
        this.#break();
        await stage.server.kill();
        return stage.server.start();
      case "edit":
        return this.#edit();
      case "down":
      case "up":
        this.#break();
        return stage.way.set(act === "down" ? "down" : "open");
    }
  }

  async #add(): Promise<void> {
    if (this.#known.length === mostFiles) return;
    const name = `walk-${this.#known.length + 1}.bin`;
    const content = bytesOf(Math.floor(this.#random() * 4 * chunk), name);
    const path = await this.#stage.file(name, content);
    this.#known.push({ name, versions: [content], path, breaks: 0 });
    await (await this.#tab()).pick(path);
  }

  /** Lets some of what is owed travel. */
  async #tick(): Promise<void> {
    const { way } = this.#stage;
    const wantedBytes = way.upBytes + this.#random() * chunk;
    const deadline = performance.now() + 500;
    await until("time passes", async () => way.upBytes >= wantedBytes || performance.now() > deadline);
  }

  /** The file changes on disk: in a few bytes, and its time with it. */
  async #edit(): Promise<void> {
    const known = this.#pick(this.#known);
    const last = known?.versions.at(-1);
    if (known === undefined || last === undefined || last.length === 0) return;
    const edited = Buffer.from(last);
    edited[0] = ((edited[0] ?? 0) + 1) & 255;
    known.versions.push(edited);
    await writeFile(known.path, edited);
    await utimes(known.path, 1_600_000_000 + known.versions.length, 1_600_000_000 + known.versions.length);
  }

  /** Any of those that are open. */
  async #tab(): Promise<Tab> {
    if (this.#tabs.length === 0) await this.#open();
    return this.#pick(this.#tabs) as Tab;
  }

  /** One more tab looks on, and shares what there is to do. */
  async #open(): Promise<void> {
    if (this.#tabs.length === mostTabs) return;
    await this.#network(true);
    this.#tabs = [...this.#tabs, await this.#stage.tab()];
  }

  async #close(): Promise<void> {
    this.#break();
    const closed = this.#pick(this.#tabs);
    this.#tabs = this.#tabs.filter((tab) => tab !== closed);
    await closed?.page.close();
  }

  /** Without a network no page can be loaded. */
  async #network(isOnline: boolean): Promise<void> {
    if (this.#isOffline !== isOnline) return;
    await (await this.#stage.browser()).setOffline(!isOnline);
    this.#isOffline = !isOnline;
  }

  #break(): void {
    for (const known of this.#known) known.breaks++;
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }

  async #hasEnded(tab: Tab, known: Known): Promise<boolean> {
    if ((await this.#stage.stored(known.name)).length > 0) return true;
    const upload = await tab.upload(known.name);
    // It was not in the journal yet when everything ended.
    if (upload === undefined || upload.status === "needs-source") {
      await writeFile(known.path, known.versions[0] ?? "");
      await utimes(known.path, 1_600_000_000, 1_600_000_000);
      await tab.pick(known.path);
      await tab.until(known.name, ({ status }) => status !== "needs-source").catch(() => undefined);
    } else if (upload.status === "paused") {
      if (upload.code === "source_changed") return true;
      await tab.does(known.name, "resume");
    }
    return upload?.status === "failed";
  }

  async #check(tab: Tab, { name, versions, breaks }: Known): Promise<void> {
    const stage = this.#stage;
    if ((await stage.stored(name)).length === 0) {
      expect([name, (await tab.upload(name))?.code, versions.length > 1]).toEqual([name, "source_changed", true]);
      return;
    }
    const id = await expectExact(stage, name, await this.#arrived(name, versions));
    expectFewTwice(stage, id, versions[0]?.length ?? 0, breaks);
  }

  /** The version that the server has; the first one when it has none of them, and nothing will be equal then. */
  async #arrived(name: string, versions: readonly Buffer[]): Promise<Buffer> {
    const [file] = await this.#stage.stored(name);
    const bytes = Buffer.from(await (await fetch(`${this.#stage.server.url}${file?.url}`)).arrayBuffer());
    return versions.find((version) => version.equals(bytes)) ?? (versions[0] as Buffer);
  }
}
