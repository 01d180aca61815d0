import { HawserError } from "@hawser/protocol";

/**
 * Code that not every page needs, loaded when it is asked for. What cannot be loaded now counts as a broken line: it
 * is tried again like one.
 * @throws HawserError `connection_lost`
 */
export async function loadPart<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (cause) {
    throw new HawserError("connection_lost", { detail: "A part of the program could not be loaded." }, { cause });
  }
}
