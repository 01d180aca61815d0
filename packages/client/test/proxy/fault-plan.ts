import type { RequestKind } from "./request-kind.ts";

/**
 * What goes wrong with one request. `at` is a share of its body, from 0 (before anything of the request is passed on)
 * to 1 (all of it was, but no answer yet); absent: by chance.
 */
export type Fault =
  /** Both connections end. */
  | { readonly kind: "cut"; readonly at?: number }
  /** Both connections are reset. */
  | { readonly kind: "reset"; readonly at?: number }
  /** Nothing moves any more, and nobody is told. */
  | { readonly kind: "black-hole"; readonly at?: number }
  /** The server's connection ends at once, the client's `delayMs` later. */
  | { readonly kind: "slow-close"; readonly at?: number; readonly delayMs: number }
  /** The server does all of it, and its answer is lost. */
  | { readonly kind: "swallow" }
  /** The request goes on `delayMs` later. */
  | { readonly kind: "delay"; readonly delayMs: number }
  /** The server gets the request twice at the same time, or one after the other, by chance. */
  | { readonly kind: "duplicate" }
  /** The same, and one bit of the copy's body is flipped. */
  | { readonly kind: "damaged-duplicate" }
  /** One bit of the body is flipped. */
  | { readonly kind: "damage" }
  /** Somebody on the way answers; nothing reaches the server. */
  | { readonly kind: "answer"; readonly at?: number; readonly status: number; readonly retryAfterSeconds?: number };

export interface FaultRule {
  readonly on: RequestKind | "any";
  /** From which one of these requests on, counted from 1. Default: 1. */
  readonly from?: number;
  /** How many of them. Default: 1. */
  readonly times?: number;
  readonly fault: Fault;
}

/** Counts requests and says what happens to each: the first rule that fits strikes. */
export class FaultPlan {
  readonly #rules: { readonly rule: FaultRule; seen: number; struck: number }[];

  constructor(rules: readonly FaultRule[]) {
    this.#rules = rules.map((rule) => ({ rule, seen: 0, struck: 0 }));
  }

  /** How often each rule struck, in the rules' order. */
  get struck(): readonly number[] {
    return this.#rules.map(({ struck }) => struck);
  }

  strike(kind: RequestKind): Fault | null {
    let fault: Fault | null = null;
    for (const entry of this.#rules) {
      const { on, from = 1, times = 1 } = entry.rule;
      if (on !== "any" && on !== kind) continue;
      entry.seen++;
      if (fault !== null || entry.seen < from || entry.struck >= times) continue;
      entry.struck++;
      fault = entry.rule.fault;
    }
    return fault;
  }
}
