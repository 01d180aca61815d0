import { type ReactNode, useCallback, useEffect, useState } from "react";

const shownMs = 4_000;

/** A short answer to what the person did, at the corner; it goes by itself. The live region says the same. */
export function useNotice(): { readonly show: (sentence: string) => void; readonly element: ReactNode } {
  const [notice, setNotice] = useState<{ readonly text: string } | null>(null);
  useEffect(() => {
    if (notice === null) return;
    const timer = setTimeout(() => setNotice(null), shownMs);
    return () => clearTimeout(timer);
  }, [notice]);
  const show = useCallback((text: string) => setNotice({ text }), []);
  const element = notice !== null && (
    <div className="toasts" aria-hidden="true">
      <p className="toast">{notice.text}</p>
    </div>
  );
  return { show, element };
}
