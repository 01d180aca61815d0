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
    const again = `… | hawser push - --yes --name ${quote(filename)}`;
    const message = `It came from standard input. The same bytes again go on from there: ${again}`;
    return { code, message, exitCode };
  }
  const { message } = describeFailure(whyUnreadable(path) ?? new HawserError("source_unreadable"), path);
  return { code, message: `${message} What arrived stays; hawser resume goes on when it is there again.`, exitCode };
}

/** As a shell takes it. */
function quote(text: string): string {
  return /^[\w.,@%+=:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
