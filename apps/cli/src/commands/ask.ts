import { isUploadId } from "@hawser/protocol";
import type { CommandInput } from "../command.ts";
import { Api } from "../remote/api.ts";
import { Remote } from "../remote/request.ts";
import { UsageError } from "../values.ts";

/** Runs `work` with the server of `--server`, and lets go of its connections afterwards. */
export async function withServer<T>({ values }: CommandInput, work: (api: Api) => Promise<T>): Promise<T> {
  const remote = new Remote(values.server);
  try {
    return await work(new Api(remote));
  } finally {
    remote.close();
  }
}

/** The one id that a command takes. */
export function readId({ positionals }: CommandInput): string {
  const [id, ...others] = positionals;
  if (id === undefined) throw new UsageError("An id is missing; hawser list shows them.");
  if (others.length > 0) throw new UsageError("One id at a time.");
  if (!isUploadId(id)) throw new UsageError(`"${id}" is not an id: those are 32 digits from 0-9 and a-f.`);
  return id;
}

/** The command takes no arguments beside options. */
export function refusePositionals({ positionals }: CommandInput): void {
  if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is one argument too many.`);
}
