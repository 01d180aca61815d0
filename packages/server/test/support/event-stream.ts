import type { LiveEvent, LiveMessage } from "@hawser/protocol";

/** One message of an event stream. */
export interface StreamedMessage {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: LiveMessage;
}

/** A client of server-sent events, as `curl -N` is one. */
export class EventStream {
  readonly messages: StreamedMessage[] = [];
  /** Lines that are no message: comments, and how long to wait before coming back. */
  readonly others: string[] = [];
  readonly response: Response;
  readonly #stop: AbortController;
  readonly #pieces: AsyncIterator<Uint8Array>;
  #text = "";

  private constructor(response: Response, stop: AbortController) {
    this.response = response;
    this.#stop = stop;
    this.#pieces = readPieces(response.body);
  }

  static async open(port: number, path: string, headers: Record<string, string> = {}): Promise<EventStream> {
    const stop = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, signal: stop.signal });
    return new EventStream(response, stop);
  }

  get events(): LiveEvent[] {
    return this.messages.flatMap(({ data }) => (data.type === "events" ? data.events : []));
  }

  /** Reads on until `isTrue`; false when the stream ended before. */
  async until(isTrue: (stream: this) => boolean): Promise<boolean> {
    while (!isTrue(this)) {
      const { done, value } = await this.#pieces.next();
      if (done) return false;
      this.#text += Buffer.from(value).toString();
      for (let end = this.#text.indexOf("\n\n"); end >= 0; end = this.#text.indexOf("\n\n")) {
        this.#take(this.#text.slice(0, end));
        this.#text = this.#text.slice(end + 2);
      }
    }
    return true;
  }

  async untilEnd(): Promise<void> {
    await this.until(() => false);
  }

  close(): void {
    this.#stop.abort();
  }

  #take(block: string): void {
    const fields = Object.fromEntries(
      block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
    const { id, event, data } = fields as Record<string, string | undefined>;
    if (data === undefined || event === undefined) this.others.push(block);
    else this.messages.push({ id, event, data: JSON.parse(data) as LiveMessage });
  }
}

async function* readPieces(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body !== null) for await (const piece of body) yield piece;
}
