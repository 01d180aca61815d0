import { createContext, useContext } from "react";
import type { MessageOverrides } from "../words/messages.ts";
import type { UploadsStore } from "./uploads-store.ts";

/** What a provider gives to everything below it. */
export interface Provided {
  readonly store: UploadsStore;
  /** What differs from the English words. */
  readonly messages: MessageOverrides | undefined;
}

export const ProvidedContext = createContext<Provided | null>(null);

export function useProvided(): Provided {
  const provided = useContext(ProvidedContext);
  if (provided === null) throw new Error("There is no UploaderProvider above this component.");
  return provided;
}
