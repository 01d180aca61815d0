import fc from "fast-check";
import { idle, jump, leftover, pass, restart, sweep, verify } from "./fault-commands.ts";
import { begin, cancel, deleteFile, finalize, oneShot } from "./life-commands.ts";
import { send, sendRest } from "./send-commands.ts";

const life = [begin, begin, oneShot, ...Array<typeof send>(10).fill(send), sendRest, finalize, finalize, finalize];
const ends = [cancel, deleteFile, verify, verify, restart, pass, jump, sweep, sweep, idle, leftover];

/** All that clients, operators, time and faults do to a server. */
export const commands = (maxCommands: number) => fc.commands([...life, ...ends], { maxCommands, size: "max" });
