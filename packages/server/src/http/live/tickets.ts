import { HawserError, liveLimits, type TicketResponse } from "@hawser/protocol";
import type { Clock } from "../../ports/clock.ts";
import { liveBounds } from "./bounds.ts";

interface Ticket {
  readonly owner: string;
  /** Monotonic. */
  readonly until: number;
}

/**
 * Short-lived keys to `/live`: a browser cannot send a header with a WebSocket, and nothing that lasts belongs into an
 * address. Each lets its owner in once. They live in memory: who comes after a restart gets a new one.
 */
export class Tickets {
  readonly #clock: Clock;
  readonly #createTicket: () => string;
  /** In the order in which they expire. */
  readonly #tickets = new Map<string, Ticket>();
  readonly #perOwner = new Map<string, number>();

  /** @param createTicket at least 128 random bits, as text that needs no encoding in an address */
  constructor(clock: Clock, createTicket: () => string) {
    this.#clock = clock;
    this.#createTicket = createTicket;
  }

  /** @throws HawserError `too_many_requests` when too many were given and not used */
  give(owner: string): TicketResponse {
    this.#dropExpired();
    const held = this.#perOwner.get(owner) ?? 0;
    if (held >= liveBounds.ticketsPerOwner || this.#tickets.size >= liveBounds.tickets) {
      throw new HawserError("too_many_requests", { detail: "Too many tickets wait to be used.", retryAfterSeconds: 1 });
    }
    const ticket = this.#createTicket();
    this.#tickets.set(ticket, { owner, until: this.#clock.monotonic() + liveLimits.ticketLifeMs });
    this.#perOwner.set(owner, held + 1);
    return { ticket, expiresAt: new Date(this.#clock.now() + liveLimits.ticketLifeMs).toISOString() };
  }

  /**
   * Takes a ticket in, whatever comes of it.
   * @returns whose it was
   * @throws HawserError `unauthorized` for one that was used, is too old, or is none
   */
  use(ticket: string): string {
    this.#dropExpired();
    const found = this.#tickets.get(ticket);
    if (found === undefined) {
      throw new HawserError("unauthorized", { detail: "This ticket was used, is too old, or is none: get a new one." });
    }
    this.#drop(ticket, found);
    return found.owner;
  }

  #dropExpired(): void {
    const now = this.#clock.monotonic();
    for (const [ticket, found] of this.#tickets) {
      if (found.until > now) return;
      this.#drop(ticket, found);
    }
  }

  #drop(ticket: string, { owner }: Ticket): void {
    this.#tickets.delete(ticket);
    const left = (this.#perOwner.get(owner) ?? 1) - 1;
    if (left > 0) this.#perOwner.set(owner, left);
    else this.#perOwner.delete(owner);
  }
}
