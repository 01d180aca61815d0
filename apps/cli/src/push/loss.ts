import { accessSync, constants } from "node:fs";
import { HawserError } from "@hawser/client";
import { exitCodes } from "../command.ts";
import { describeFailure, type Failure } from "../failures.ts";
import type { Subject } from "./subject.ts";

/** Path of a subject that came from standard input. */
export const streamPath = "-";

/** Why a file cannot be opened, or undefined when it can. */
export function whyUnreadable(path: string): unknown {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Why an upload's bytes cannot be had, and what brings them back. */
export function describeLoss({ path, filename }: Subject): Failure {
  const { failed: exitCode } = exitCodes;
  const code = "source_unreadable";
  if (path === streamPath) {
    return { code, message: `It came from standard input. ${describeStreamAgain(filename)}`, exitCode };
  }
  const { message } = describeFailure(whyUnreadable(path) ?? new HawserError("source_unreadable"), path);
  return { code, message: `${message} What arrived stays; hawser resume goes on when it is there again.`, exitCode };
}

/** How standard input goes on: nothing but the same bytes can be read again. */
export function describeStreamAgain(filename: string): string {
  return `The same bytes again go on from there: … | hawser push - --yes --name ${quote(filename)}`;
}

/** As a shell takes it. */
function quote(text: string): string {
  return /^[\w.,@%+=:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
