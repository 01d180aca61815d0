import type { MessagePort } from "node:worker_threads";
import { type ErrorCode, type ErrorDetails, HawserError } from "@hawser/protocol";

/**
 * Calls over a message port: one side exposes an object's methods, the other has an object with the same methods.
 * Arguments and results are plain data (structured clone); a HawserError arrives as one, with its code and details.
 */

/** A call on the wire: its number, the method's place in the list that both sides have, the arguments. */
type Call = readonly [id: number, method: number, args: readonly unknown[]];
/** Its end: the result, or what a HawserError consists of. */
type Reply = readonly [id: number, result: unknown] | readonly [id: number, result: undefined, failure: Failure];
interface Failure {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
}

type AsyncMethod = (...args: never[]) => Promise<unknown>;
type MethodName<T> = { [K in keyof T]: T[K] extends AsyncMethod ? K : never }[keyof T] & string;
/** The methods of `T`, in an order that both sides share. */
export type MethodList<T> = readonly MethodName<T>[];
/** What crosses of `T`: its asynchronous methods. */
export type Remote<T> = Pick<T, MethodName<T>>;

/** The list of all asynchronous methods of `T`; the compiler refuses one that is forgotten. */
export function listMethods<T>(names: Readonly<Record<MethodName<T>, true>>): MethodList<T> {
  return Object.keys(names) as MethodName<T>[];
}

/**
 * Serves calls from `port` by the methods of `target`, until the port closes.
 * @param onUnknownError gets what the caller sees as `internal` only
 */
export function exposeOver<T>(
  port: MessagePort,
  target: Remote<T>,
  methods: MethodList<T>,
  onUnknownError: (error: unknown, method: string) => void,
): void {
  const fail = (id: number, thrown: unknown, method: string) => {
    const { code, details, cause } = HawserError.from(thrown);
    if (code === "internal") onUnknownError(cause ?? thrown, method);
    port.postMessage([id, undefined, { code, details }] satisfies Reply);
  };
  port.on("message", ([id, index, args]: Call) => {
    const method = methods[index] as MethodName<T>;
    const run = async () => (target[method] as (...args: readonly unknown[]) => Promise<unknown>)(...args);
    run()
      .then((result) => port.postMessage([id, result] satisfies Reply))
      .catch((thrown: unknown) => fail(id, thrown, method));
  });
}

/** A view of a larger buffer would cross with all of that buffer; bytes cross alone. */
function ownBytes(argument: unknown): unknown {
  const isPart = argument instanceof Uint8Array && argument.byteLength < argument.buffer.byteLength;
  return isPart ? Uint8Array.from(argument) : argument;
}

/** Calls that may wait for their answer over one port, when nothing else is said. */
const defaultMaxPendingCalls = 16_384;

/**
 * An object whose methods are those exposed at the other end of `port`. A call rejects with `unavailable` when the
 * port closes before its answer, and when `maxPendingCalls` wait already.
 */
export function connectOver<T>(
  port: MessagePort,
  methods: MethodList<T>,
  maxPendingCalls: number = defaultMaxPendingCalls,
): Remote<T> {
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  let closed = false;

  const call = (index: number, args: readonly unknown[]): Promise<unknown> => {
    if (closed) return Promise.reject(new HawserError("unavailable", { detail: "The other thread has ended." }));
    if (pending.size >= maxPendingCalls) {
      return Promise.reject(
        new HawserError("unavailable", { detail: "Too much waits already.", retryAfterSeconds: 1 }),
      );
    }
    const id = ++lastId;
    const answer = Promise.withResolvers<unknown>();
    pending.set(id, answer);
    port.postMessage([id, index, args.map(ownBytes)] satisfies Call);
    return answer.promise;
  };

  port.on("message", ([id, result, failure]: Reply) => {
    const answer = pending.get(id);
    pending.delete(id);
    if (failure === undefined) answer?.resolve(result);
    else answer?.reject(new HawserError(failure.code, failure.details));
  });
  port.on("close", () => {
    closed = true;
    for (const { reject } of pending.values()) {
      reject(new HawserError("unavailable", { detail: "The other thread has ended." }));
    }
    pending.clear();
  });

  const proxy: Partial<Record<string, (...args: readonly unknown[]) => Promise<unknown>>> = {};
  methods.forEach((method, index) => {
    proxy[method] = (...args) => call(index, args);
  });
  return proxy as Remote<T>;
}
