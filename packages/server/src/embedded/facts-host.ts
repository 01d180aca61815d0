import { MessageChannel, Worker } from "node:worker_threads";
import { HawserError } from "@hawser/protocol";
import type { FactsThread } from "../ports/facts.ts";
import { connectOver, exposeOver, type Remote } from "../threads/link.ts";
import {
  type ByteThread,
  byteMethods,
  controlMethods,
  type FactsControl,
  type FactsSetup,
  factsMethods,
} from "./facts-link.ts";

/** The facts thread as the byte thread holds it. */
export interface FactsHost {
  readonly control: Pick<FactsControl, "open" | "start">;
  readonly facts: FactsThread;
  /** Says who keeps the bytes; before `control.start`. */
  serveBytes(bytes: ByteThread): void;
  /** Lets the thread finish what runs and let go of the ledger, then ends it. Succeeds when it is dead already. */
  end(): Promise<void>;
}

const isSource = import.meta.url.endsWith(".ts");
const sourceEntry = new URL("./facts-thread.ts", import.meta.url);
const builtEntry = new URL("./facts-thread.js", import.meta.url);

export function startFactsThread(
  setup: Omit<FactsSetup, "controlPort" | "factsPort" | "bytesPort">,
  onUnknownError: (error: unknown, method: string) => void,
  onFailure: (error: unknown) => void,
): FactsHost {
  const control = new MessageChannel();
  const facts = new MessageChannel();
  const bytes = new MessageChannel();
  const workerData: FactsSetup = {
    ...setup,
    controlPort: control.port2,
    factsPort: facts.port2,
    bytesPort: bytes.port2,
  };
  const worker = new Worker(isSource ? sourceEntry : builtEntry, {
    workerData,
    transferList: [control.port2, facts.port2, bytes.port2],
    name: "hawser-facts",
    // Its garbage is small and short-lived; a third of this is the space that fills between two collections.
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
    // Not the process's own arguments: a worker refuses those that are V8's.
    ...(isSource ? { execArgv: ["--conditions=@hawser/source"] } : {}),
  });
  let ended = false;
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const fail = (error: unknown) => {
    if (!ended) onFailure(error);
    ended = true;
  };
  worker.once("error", fail);
  worker.once("exit", () => fail(new HawserError("internal", { detail: "The facts thread ended by itself." })));
  const remote = connectOver<FactsControl>(control.port1, controlMethods);
  return {
    control: remote,
    facts: connectOver<FactsThread>(facts.port1, factsMethods),
    serveBytes: (target: Remote<ByteThread>) =>
      exposeOver<ByteThread>(bytes.port1, target, byteMethods, onUnknownError),
    end: async () => {
      try {
        if (!ended) await remote.stop();
      } finally {
        ended = true;
        for (const { port1 } of [control, facts, bytes]) port1.close();
        await worker.terminate();
        await exited;
      }
    },
  };
}
