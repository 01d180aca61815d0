import { randomBytes } from "node:crypto";
import type { TicketResponse } from "@hawser/protocol";
import type { Clock } from "../../ports/clock.ts";
import { Tickets } from "./tickets.ts";

/** Tells watchers what happens to uploads. */
export interface Live {
  /** @throws HawserError `too_many_requests` */
  giveTicket(owner: string): TicketResponse;
}

export function createLive(clock: Clock): Live {
  const tickets = new Tickets(clock, () => randomBytes(24).toString("base64url"));
  return { giveTicket: (owner) => tickets.give(owner) };
}
