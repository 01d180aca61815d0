import { HawserError, type LiveMessage, type Subject, type Upload } from "@hawser/protocol";
import { isOver } from "./messages.ts";
import type { LiveRequests } from "./requests.ts";

type Tell = (message: LiveMessage) => void;

/** Pages of one list; more uploads than that are on their way nowhere. */
const maxPages = 1_000;

/**
 * Asks for what a socket would tell, and tells it in the same words: the lists as they are, and, for each upload that
 * is on them no more, how it ended.
 */
export class Poller {
  readonly #requests: LiveRequests;
  readonly #subjects: readonly Subject[];
  /** What was on its way when it was heard of last. */
  readonly #underWay = new Map<Subject, Map<string, Upload>>();
  #seq = 0;

  constructor(requests: LiveRequests, subjects: readonly Subject[]) {
    this.#requests = requests;
    this.#subjects = subjects;
    for (const subject of subjects) this.#underWay.set(subject, new Map());
  }

  /** Whatever is told, by whichever way. */
  note(message: LiveMessage): void {
    if ("seq" in message) this.#seq = message.seq;
    if (message.type === "events") {
      for (const event of message.events) if ("upload" in event) this.#noteUpload(message.subject, event.upload);
    }
    if (message.type === "uploads") for (const upload of message.uploads) this.#noteUpload(message.subject, upload);
  }

  #noteUpload(subject: Subject, upload: Upload): void {
    const known = this.#underWay.get(subject);
    if (isOver(upload)) known?.delete(upload.id);
    else known?.set(upload.id, upload);
  }

  /**
   * Asks for all subjects once.
   * @returns whether anything has changed since it was heard of last
   * @throws HawserError, or the signal's reason
   */
  async ask(tell: Tell, signal: AbortSignal): Promise<boolean> {
    let isMoving = false;
    for (const subject of this.#subjects) {
      const isOne = subject.startsWith("upload:");
      const moves = isOne ? await this.#askOne(subject, tell, signal) : await this.#askList(subject, tell, signal);
      isMoving ||= moves;
    }
    return isMoving;
  }

  async #askList(subject: Subject, tell: Tell, signal: AbortSignal): Promise<boolean> {
    const before = new Map(this.#underWay.get(subject));
    const bundleId = subject === "uploads" ? null : subject.slice("bundle:".length);
    const listed: Upload[] = [];
    let seq = 0;
    let cursor: string | null = null;
    for (let count = 0; count < maxPages; count++) {
      const page = await this.#requests.page(bundleId, cursor, signal);
      listed.push(...page.uploads);
      // What came after the first page was asked for may be on none.
      seq ||= page.seq;
      cursor = page.next ?? null;
      if (cursor === null) break;
    }
    const ids = new Set(listed.map(({ id }) => id));
    const missing = [...before.values()].filter(({ id }) => !ids.has(id));
    for (const upload of missing) {
      const ended = await this.#look(upload.id, upload, signal);
      if (ended !== null)
        tell({ type: "uploads", subject: `upload:${upload.id}`, seq, uploads: [ended], isLast: true });
      this.#underWay.get(subject)?.delete(upload.id);
    }
    tell({ type: "uploads", subject, seq, uploads: listed, isLast: true });
    return missing.length > 0 || listed.some((upload) => hasMoved(before.get(upload.id), upload));
  }

  async #askOne(subject: Subject, tell: Tell, signal: AbortSignal): Promise<boolean> {
    const id = subject.slice("upload:".length);
    const before = this.#underWay.get(subject)?.get(id);
    try {
      const upload = await this.#look(id, before ?? null, signal);
      if (upload === null) return false;
      tell({ type: "uploads", subject, seq: this.#seq, uploads: [upload], isLast: true });
      return hasMoved(before, upload);
    } catch (thrown) {
      const { code, retry, message } = HawserError.from(thrown);
      if (retry !== "restart") throw thrown;
      const status = code === "gone" ? 410 : 404;
      tell({ type: "refused", subject, problem: { type: "about:blank", title: message, status, code } });
      return false;
    }
  }

  /** An upload as it stands; of one that is gone, what was known of it and how it ended. */
  async #look(id: string, known: Upload | null, signal: AbortSignal): Promise<Upload | null> {
    try {
      return await this.#requests.upload(id, signal);
    } catch (thrown) {
      const { retry, details } = HawserError.from(thrown);
      if (retry !== "restart" || known === null) throw thrown;
      return details.state === undefined ? null : { ...known, state: details.state };
    }
  }
}

function hasMoved(before: Upload | undefined, { receivedBytes, state }: Upload): boolean {
  return before?.receivedBytes !== receivedBytes || before.state !== state;
}
