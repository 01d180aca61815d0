import { createHash } from "node:crypto";
import { Agent, type ClientRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";

/** No load waits longer for an answer. */
const answerTimeoutMs = 120_000;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Keep-alive connections to one server on this machine, never more than `lanes`. */
export class Connections {
  readonly #agent: Agent;
  readonly #port: number;

  constructor(port: number, lanes: number) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: lanes });
  }

  /** A request whose body is still to be written, and its answer. */
  open(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
  ): { outgoing: ClientRequest; answer: Promise<Answer> } {
    const outgoing = request({ host: "127.0.0.1", port: this.#port, agent: this.#agent, method, path, headers });
    outgoing.setTimeout(answerTimeoutMs, () => outgoing.destroy(new Error(`${method} ${path}: no answer in time.`)));
    const answer = new Promise<Answer>((resolve, reject) => {
      outgoing.once("error", reject);
      outgoing.once("response", (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on("data", (piece: Buffer) => pieces.push(piece));
        incoming.once("error", reject);
        incoming.once("end", () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(pieces) }),
        );
      });
    });
    return { outgoing, answer };
  }

  /** Sends a request with its whole body. @throws Error unless the status is one of `expected` */
  async send(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    body: Uint8Array | string,
    expected: readonly number[],
  ): Promise<Answer> {
    const { outgoing, answer } = this.open(method, path, { "content-length": Buffer.byteLength(body), ...headers });
    outgoing.end(body);
    return checkStatus(await answer, `${method} ${path}`, expected);
  }

  async sendJson(method: string, path: string, message: unknown, expected: readonly number[]): Promise<Answer> {
    return this.send(method, path, { "content-type": "application/json" }, JSON.stringify(message), expected);
  }

  /** Downloads without keeping the bytes: their SHA-256 in hex. */
  hashDownload(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: "127.0.0.1", port: this.#port, agent: this.#agent, path }, (incoming) => {
        const whole = createHash("sha256");
        incoming.on("data", (piece: Buffer) => whole.update(piece));
        incoming.once("error", reject);
        incoming.once("end", () => {
          if (incoming.statusCode === 200) resolve(whole.digest("hex"));
          else reject(new Error(`GET ${path}: ${incoming.statusCode}`));
        });
      });
      outgoing.once("error", reject);
      outgoing.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export function checkStatus(answer: Answer, what: string, expected: readonly number[]): Answer {
  if (expected.includes(answer.status)) return answer;
  throw new Error(`${what}: ${answer.status} ${answer.body.toString("utf8", 0, 500)}`);
}

/** Does `count` jobs, at most `width` at once; the first failure ends it. */
export async function inFlight(count: number, width: number, job: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < count && !failed) {
      try {
        await job(next++);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
}
