import { createUploader, type Uploader, type UploaderOptions } from "@hawser/client";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import type { MessageOverrides } from "../words/messages.ts";
import { ProvidedContext } from "./context.ts";
import { storeOf } from "./uploads-store.ts";

interface Shared {
  /** Words that differ from the English ones, e.g. `german` of `@hawser/react/german`. Keep it the same object. */
  readonly messages?: MessageOverrides;
  readonly children?: ReactNode;
}

export type UploaderProviderProps = Shared &
  (
    | {
        /** An uploader of the app's own, which the app closes. */
        readonly uploader: Uploader;
        readonly options?: never;
      }
    | {
        readonly uploader?: never;
        /**
         * Of an uploader that the provider makes once it is in a page, and closes when it leaves it. Read once; give
         * the provider another `key` for other options.
         */
        readonly options: UploaderOptions;
      }
  );

/** Gives an uploader to the hooks and components below. On a server it renders, and makes nothing. */
export function UploaderProvider({ uploader, options, messages, children }: UploaderProviderProps) {
  const own = useOwnUploader(uploader === undefined ? options : undefined);
  const store = storeOf(uploader ?? own);
  const provided = useMemo(() => ({ store, messages }), [store, messages]);
  return <ProvidedContext.Provider value={provided}>{children}</ProvidedContext.Provider>;
}

interface Life {
  readonly uploader: Uploader;
  closing: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Made in an effect, since a render may be thrown away. React takes effects back and does them again at once, in
 * StrictMode and when code is exchanged while it runs: closing waits for a turn of the event loop to tell that apart
 * from the end.
 */
function useOwnUploader(options: UploaderOptions | undefined): Uploader | null {
  const [own, setOwn] = useState<Uploader | null>(null);
  const life = useRef<Life>(undefined);
  const given = useRef(options);
  const isWanted = options !== undefined;
  useEffect(() => {
    if (!isWanted || given.current === undefined) return;
    life.current ??= { uploader: createUploader(given.current), closing: undefined };
    const current = life.current;
    clearTimeout(current.closing);
    setOwn(current.uploader);
    return () => {
      current.closing = setTimeout(() => {
        life.current = undefined;
        setOwn(null);
        current.uploader.close().catch(reportError);
      });
    };
  }, [isWanted]);
  return own;
}
