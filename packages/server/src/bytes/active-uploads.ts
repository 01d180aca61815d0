import type { HawserError } from "@hawser/protocol";
import type { Body } from "../ports/byte-room.ts";
import { Slots } from "./slots.ts";

/** One upload that has requests in flight. */
export interface ActiveUpload {
  readonly id: string;
  readonly slots: Slots;
  readonly bodies: Set<Body>;
  requests: number;
}

/** The uploads with requests in flight; an entry lives from the first one's start to the last one's end. */
export class ActiveUploads {
  readonly #uploads = new Map<string, ActiveUpload>();
  readonly #waiters = new Map<string, (() => void)[]>();

  has(id: string): boolean {
    return this.#uploads.has(id);
  }

  /** Has to come before the request is admitted, so that no commit falls between what both know. */
  enter(id: string, body: Body): ActiveUpload {
    let upload = this.#uploads.get(id);
    if (upload === undefined) {
      upload = { id, slots: new Slots(), bodies: new Set(), requests: 0 };
      this.#uploads.set(id, upload);
    }
    upload.requests++;
    upload.bodies.add(body);
    return upload;
  }

  leave(upload: ActiveUpload, body: Body): void {
    upload.bodies.delete(body);
    if (--upload.requests > 0) return;
    this.#uploads.delete(upload.id);
    for (const resolve of this.#waiters.get(upload.id) ?? []) resolve();
    this.#waiters.delete(upload.id);
  }

  /** Ends the requests of one upload with `reason` and resolves when none is left. */
  async end(id: string, reason: HawserError): Promise<void> {
    while (this.#uploads.has(id)) {
      for (const body of this.#uploads.get(id)?.bodies ?? []) body.cancel(reason);
      await this.#left(id);
    }
  }

  async endAll(reason: HawserError): Promise<void> {
    await Promise.all([...this.#uploads.keys()].map((id) => this.end(id, reason)));
  }

  /** Resolves when no request of any upload is in flight. */
  async idle(): Promise<void> {
    for (;;) {
      const [id] = this.#uploads.keys();
      if (id === undefined) return;
      await this.#left(id);
    }
  }

  #left(id: string): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(id);
      if (waiters === undefined) this.#waiters.set(id, [resolve]);
      else waiters.push(resolve);
    });
  }
}
