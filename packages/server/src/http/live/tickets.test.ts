import { liveLimits } from "@hawser/protocol";
import { expect, test } from "vitest";
import { createManualClock } from "../../../test/support/manual-clock.ts";
import { liveBounds } from "./bounds.ts";
import { Tickets } from "./tickets.ts";

function stage() {
  const clock = createManualClock();
  let count = 0;
  return { clock, tickets: new Tickets(clock, () => `t${++count}`) };
}

const refused = expect.objectContaining({ code: "unauthorized" });
const tooMany = expect.objectContaining({ code: "too_many_requests" });

test("[S7] a ticket lets its owner in once, and nobody else", () => {
  const { tickets, clock } = stage();
  const { ticket, expiresAt } = tickets.give("anna");
  const other = tickets.give("bert");
  expect(Date.parse(expiresAt) - clock.now()).toBe(liveLimits.ticketLifeMs);
  expect(tickets.use(ticket)).toBe("anna");
  expect(() => tickets.use(ticket)).toThrow(refused);
  expect(() => tickets.use("made up")).toThrow(refused);
  expect(tickets.use(other.ticket)).toBe("bert");
});

test("[S7] a ticket is good for half a minute, however the wall clock is set", () => {
  const { tickets, clock } = stage();
  const [young, old] = [tickets.give("anna"), tickets.give("anna")];
  clock.advance(liveLimits.ticketLifeMs - 1);
  clock.jump(-3_600_000);
  expect(tickets.use(young.ticket)).toBe("anna");
  clock.jump(7_200_000);
  clock.advance(1);
  expect(() => tickets.use(old.ticket)).toThrow(refused);
});

test("[S7] tickets that nobody uses are bounded, of one owner and in all, and make place when they expire", () => {
  const { tickets, clock } = stage();
  const take = (owner: string, count: number) => Array.from({ length: count }, () => tickets.give(owner));
  const [first] = take("anna", liveBounds.ticketsPerOwner);
  expect(() => tickets.give("anna")).toThrow(tooMany);
  tickets.use((first as { ticket: string }).ticket);
  tickets.give("anna");
  for (let n = 1; n < liveBounds.tickets / liveBounds.ticketsPerOwner; n++)
    take(`owner ${n}`, liveBounds.ticketsPerOwner);
  expect(() => tickets.give("somebody new")).toThrow(tooMany);
  clock.advance(liveLimits.ticketLifeMs);
  take("anna", liveBounds.ticketsPerOwner);
});
